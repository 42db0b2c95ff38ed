/** What may end a pause before its time. */
export interface PauseOptions {
  /** Default true: the line is back. Not where the server has said how long. */
  readonly mayEndEarly?: boolean;
  /** Whoever waits is gone: no pause at all. */
  readonly signal?: AbortSignal | undefined;
}

/** Waits before another attempt. Never rejects: who was stopped looks at the signal. */
export function pause(delayMs: number, { mayEndEarly = true, signal }: PauseOptions = {}): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener('online', end);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, signal?.aborted === true ? 0 : delayMs);
    if (mayEndEarly) addEventListener('online', end);
    signal?.addEventListener('abort', end);
  });
}
