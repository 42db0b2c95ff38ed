import { pause } from './pause.ts';
import { retryDelayMs } from './retry-schedule.ts';

export interface TryOptions {
  /** After each failure, before the pause. */
  readonly onFailure?: () => void;
  /** A failure that no other attempt can mend; it is thrown. Default: none. */
  readonly isHopeless?: (error: unknown) => boolean;
}

/** Does again what may be done again, with the pauses that requests have, until it works. */
export async function keepTrying<Result>(
  work: () => Promise<Result>,
  { onFailure = () => {}, isHopeless = () => false }: TryOptions = {},
): Promise<Result> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (isHopeless(error)) throw error;
      onFailure();
      await pause(retryDelayMs(attempt, Math.random(), null));
    }
  }
}
