import { type Answer, type AskOptions, ask } from './ask.ts';
import { isFinal, retryDelayMs } from './retry-schedule.ts';

export type FinalAnswer<Body> = Exclude<Answer<Body>, { kind: 'unreachable' }>;

export interface Waiting {
  /** Failures so far. */
  readonly attempts: number;
  readonly delayMs: number;
  readonly why: Answer<never>;
}

export interface UntilOptions extends AskOptions {
  /** Called before each pause. */
  readonly onWaiting: (waiting: Waiting) => void;
  /** An `ok` that is not ours after all (a portal that answers everything): asked again. */
  readonly isOurs?: (body: unknown) => boolean;
}

/**
 * Sends one and the same request until it has a final answer: for requests that may be repeated, as all of ours
 * may. Ends only with the page; coming back online ends a pause.
 */
export async function askUntilAnswered<Body>(
  path: string,
  options: UntilOptions,
): Promise<FinalAnswer<Body>> {
  for (let attempts = 0; ; attempts += 1) {
    let answer: Answer<Body> = await ask<Body>(path, options);
    if (answer.kind === 'ok' && options.isOurs?.(answer.body) === false) answer = { kind: 'unreachable' };
    if (answer.kind !== 'unreachable' && isFinal(answer)) return answer;
    const retryAfterMs = answer.kind === 'problem' ? answer.retryAfterMs : null;
    const delayMs = retryDelayMs(attempts, Math.random(), retryAfterMs);
    options.onWaiting({ attempts: attempts + 1, delayMs, why: answer as Answer<never> });
    await pause(delayMs, retryAfterMs === null);
  }
}

/** @param mayEndEarly not where the server has said how long */
function pause(delayMs: number, mayEndEarly: boolean): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener('online', end);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    if (mayEndEarly) addEventListener('online', end);
  });
}
