import { setTimeout as sleep } from 'node:timers/promises';

/** A process that somebody has started. */
export type Running = {
  readonly pid: number;
  /** Settles when it has ended; never rejects. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  stop(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
};

export type Supervised<T extends Running> = {
  /** The process as it is now; after an end and before the restart, the one that ended. */
  current(): T;
  /** Sends a signal. With `restart: false`, an end that follows is left at that until `restart`. */
  kill(signal: NodeJS.Signals, options?: { readonly restart?: boolean }): void;
  /** Stops it unless it has ended, starts it, and resolves when it serves again. */
  restart(): Promise<void>;
  /** For good. */
  stop(): Promise<void>;
};

const restartDelayMsMin = 100;
const restartDelayMsMax = 5_000;
/** One that has run this long before it ends is no longer failing in a row. */
const steadyMs = 30_000;

/**
 * Starts a process and keeps it running: when it ends unasked, it is started again, sooner the
 * first time than the tenth.
 *
 * @param start makes it serve, on the same addresses as before
 * @param onLine hears of every unasked end and of every start that failed
 */
export async function supervise<T extends Running>(
  name: string,
  start: () => Promise<T>,
  onLine: (line: string) => void,
): Promise<Supervised<T>> {
  let current = await start();
  let wanted = true;
  let attempt = 0;
  let startedMs = Date.now();
  let changing: Promise<void> = Promise.resolve();

  const startAgain = async () => {
    current = await start();
    startedMs = Date.now();
    watch(current);
  };
  const revive = async () => {
    while (wanted) {
      await sleep(Math.min(restartDelayMsMin * 2 ** attempt++, restartDelayMsMax));
      if (!wanted) return;
      try {
        await startAgain();
        onLine(`${name} runs again (pid ${current.pid})`);
        return;
      } catch (error) {
        onLine(`${name} does not start: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  };
  const watch = (process: T) => {
    void process.ended.then(({ code, signal }) => {
      if (!wanted || process !== current) return;
      if (Date.now() - startedMs > steadyMs) attempt = 0;
      onLine(
        `${name} (pid ${process.pid}) ended unasked (${signal ?? `exit code ${code}`}), starting it again`,
      );
      changing = changing.then(revive);
    });
  };
  watch(current);

  return {
    current: () => current,
    kill(signal, { restart = true } = {}) {
      if (!restart) wanted = false;
      current.signal(signal);
    },
    async restart() {
      wanted = false;
      await changing;
      await current.stop();
      wanted = true;
      attempt = 0;
      changing = startAgain();
      await changing;
    },
    async stop() {
      wanted = false;
      await changing.catch(() => {});
      await current.stop();
    },
  };
}
