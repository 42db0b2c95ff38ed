/** What has to be undone when a run ends, whichever way it ends. */
export interface CleanUp {
  /** Undone in the opposite order; each is called once. */
  defer(what: () => Promise<void> | void): void;
  /** Undoes everything; one that fails does not keep the others from their turn. Never rejects. */
  run(): Promise<void>;
}

export function createCleanUp(): CleanUp {
  const steps: (() => Promise<void> | void)[] = [];
  let running: Promise<void> | undefined;
  const undo = async (): Promise<void> => {
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      try {
        await step();
      } catch (error) {
        process.stderr.write(`bench: could not clean up: ${String(error)}\n`);
      }
    }
  };
  return {
    defer: (what) => void steps.push(what),
    run: () => (running ??= undo()),
  };
}
