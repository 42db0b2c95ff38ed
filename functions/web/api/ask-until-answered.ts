import { type Answer, type AskOptions, ask } from './ask.ts';
import { pause } from './pause.ts';
import { isFinal, isLater, isRefusal, retryDelayMs } from './retry-schedule.ts';

type FinalAnswer<Body> = Exclude<Answer<Body>, { kind: 'unreachable' }>;

export interface Outcome<Body> {
  readonly answer: FinalAnswer<Body>;
  /** One of these attempts had no answer, or none that says no: it may have been taken. */
  readonly isOpen: boolean;
}

export interface Waiting {
  /** Failures so far. */
  readonly attempts: number;
  readonly delayMs: number;
  /** When the next attempt begins, by this device's clock. */
  readonly nextAtMs: number;
  readonly why: Answer<never>;
}

export interface UntilOptions extends AskOptions {
  /** Called before each pause. */
  readonly onWaiting: (waiting: Waiting) => void;
  /** An `ok` that is not ours after all (a portal that answers everything): asked again. */
  readonly isOurs?: (body: unknown) => boolean;
  /** Also ends with a refusal that says "later", where none of these attempts can have been taken. Default false. */
  readonly endsWithLater?: boolean;
  /** Ends the waiting: nobody is there any more who does. */
  readonly signal?: AbortSignal;
}

/**
 * Sends one and the same request until it has a final answer: for requests that may be repeated, as all of ours
 * may. Coming back online ends a pause.
 *
 * @returns null: it was stopped; what was sent may have been taken
 */
export async function askUntilAnswered<Body>(
  path: string,
  options: UntilOptions,
): Promise<Outcome<Body> | null> {
  const { onWaiting, isOurs, endsWithLater = false, signal } = options;
  const isStopped = () => signal?.aborted ?? false;
  let isOpen = false;
  for (let attempts = 0; ; attempts += 1) {
    let answer: Answer<Body> = await ask<Body>(path, options);
    if (isStopped()) return null;
    if (answer.kind === 'ok' && isOurs?.(answer.body) === false) answer = { kind: 'unreachable' };
    const isEnd = isFinal(answer) || (endsWithLater && !isOpen && isRefusal(answer) && isLater(answer));
    if (answer.kind !== 'unreachable' && isEnd) return { answer, isOpen };
    isOpen ||= !isRefusal(answer);
    const retryAfterMs = answer.kind === 'problem' ? answer.retryAfterMs : null;
    const delayMs = retryDelayMs(attempts, Math.random(), retryAfterMs);
    const nextAtMs = Date.now() + delayMs;
    onWaiting({ attempts: attempts + 1, delayMs, nextAtMs, why: answer as Answer<never> });
    await pause(delayMs, { mayEndEarly: retryAfterMs === null, signal });
    if (isStopped()) return null;
  }
}
