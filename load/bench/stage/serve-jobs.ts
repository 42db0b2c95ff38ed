/** What goes to a job process and comes back, over the IPC channel only. */
export interface JobMessage {
  readonly type: 'job';
  readonly job: unknown;
}
export type JobAnswer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: string };

/**
 * The life of a job process: does what it is sent, and exits when whoever sends is gone. A terminal's
 * Ctrl-C reaches every process of its group; what to stop first is for the bench to say.
 */
export function serveJobs<Job, Result>(work: (job: Job) => Promise<Result>): void {
  if (process.send === undefined) throw new Error('this is started by npm run bench, not by hand');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message: JobMessage) => {
    // Both ends are of the same code base.
    work(message.job as Job).then(
      (result) => answer({ ok: true, result }),
      (error: unknown) => {
        console.error(error);
        answer({ ok: false, error: error instanceof Error ? error.message : String(error) });
      },
    );
  });
}

function answer(message: JobAnswer): void {
  if (process.connected) process.send?.(message, () => {});
}

/** Takes out the garbage, where the process was started with `--expose-gc`. */
export function collectGarbage(): void {
  globalThis.gc?.();
}
