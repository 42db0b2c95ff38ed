import type { HttpResponse } from './response-parser.ts';

/** What a client does with an answer: keep it, or ask again. */
export const isWorthRetrying = (status: number): boolean =>
  status === 408 || status === 429 || status === 500 || (status >= 502 && status <= 504);

const backoffMsMin = 50;
const backoffMsMax = 2_000;
/** A server that asks for more is not taken at its word. */
const retryAfterMsMax = 30_000;

/**
 * How long to wait before the next attempt: what the server asks for and up to a quarter more, so
 * that those it turned away together do not come back together; else a random part of a time that
 * doubles.
 * @param attempts Those made so far, 1 or more.
 * @param random 0 to 1
 */
export function retryDelayMs(response: HttpResponse | null, attempts: number, random: number): number {
  const seconds = response?.headers.get('retry-after') ?? '';
  if (/^\d{1,6}$/.test(seconds)) return Math.min(Number(seconds) * 1000, retryAfterMsMax) * (1 + random / 4);
  return Math.min(backoffMsMin * 2 ** (attempts - 1), backoffMsMax) * (0.5 + random / 2);
}
