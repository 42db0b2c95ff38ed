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
 * Whether to ask again. A refusal in the API's words is final, but for those that say "later"; whatever else comes
 * back (a proxy's page, a hotel's) leaves open what happened.
 */
export function isFinal(answer: Answer<unknown>): boolean {
  switch (answer.kind) {
    case 'ok':
      return true;
    case 'unreachable':
      return false;
    case 'problem':
      return answer.code !== null && answer.status < 500 && answer.status !== 429;
  }
}
