import { setTimeout as sleep } from 'node:timers/promises';

export type Schedule<T> = {
  /** Settles after the first run, however that went. */
  readonly firstRun: Promise<void>;
  /** Runs it now, or waits for the run that is under way and then runs it again. Rejects as it does. */
  runNow(): Promise<T>;
  /** Waits for the run in hand. */
  stop(): Promise<void>;
};

/** Stands in for a scheduled rule: runs `task` at once and every `intervalMs` after, never twice at a time. */
export function startSchedule<T>(
  task: () => Promise<T>,
  intervalMs: number,
  onError: (error: unknown) => void,
): Schedule<T> {
  const stopping = new AbortController();
  let last: Promise<unknown> = Promise.resolve();
  const runNow = () => {
    const run = last.catch(() => {}).then(task);
    last = run;
    return run;
  };
  const pause = () => sleep(intervalMs, undefined, { signal: stopping.signal }).catch(() => {});
  const firstRun = runNow().then(() => {}, onError);
  const loop = async () => {
    await firstRun;
    await pause();
    while (!stopping.signal.aborted) {
      await runNow().then(() => {}, onError);
      await pause();
    }
  };
  const looping = loop();
  return {
    firstRun,
    runNow,
    async stop() {
      stopping.abort();
      await looping;
      await last.catch(() => {});
    },
  };
}
