import type { Answer } from './ask.ts';

/** The first pause, and the longest: a voter waits in front of it. */
export const firstDelayMs = 500;
export const delayMsMax = 30_000;

/**
 * The pause before the next attempt: it doubles, and is drawn from its upper half, so that voters whom one outage
 * turned away do not come back together. What the server asks for is the least.
 *
 * @param attempt 0 after the first failure
 * @param random 0 to 1
 */
export function retryDelayMs(attempt: number, random: number, retryAfterMs: number | null): number {
  const ceiling = Math.min(delayMsMax, firstDelayMs * 2 ** Math.min(attempt, 16));
  const drawn = (ceiling / 2) * (1 + random);
  return Math.round(retryAfterMs === null ? drawn : retryAfterMs + drawn);
}

/**
 * A no in the API's own words: nothing came of the request. Whatever else comes back (a proxy's page, a hotel's, a
 * failure of the service in the midst of it) leaves open what happened.
 */
export const isRefusal = (answer: Answer<unknown>): boolean =>
  answer.kind === 'problem' && answer.code !== null && answer.status < 500;

/** Whether to leave it at that: a yes, or a refusal that does not say "later". */
export const isFinal = (answer: Answer<unknown>): boolean =>
  answer.kind === 'ok' || (isRefusal(answer) && !isLater(answer));

/** 429: the same request may be taken after a while. */
export const isLater = (answer: Answer<unknown>): boolean =>
  answer.kind === 'problem' && answer.status === 429;
