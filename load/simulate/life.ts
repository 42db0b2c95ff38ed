import type { VirtualTime } from './virtual-time.ts';

/**
 * A process that may be killed at any moment. What it waits for then never comes: the code after its
 * `await` does not run, as after kill -9.
 */
export interface Life {
  readonly isOver: boolean;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly defer: (run: () => void) => void;
  /** What came from outside, if there is still somebody to receive it. */
  receive<T>(answer: Promise<T>): Promise<T>;
  end(): void;
  /** Runs at its end: what the rest of the world notices. */
  onEnd(run: () => void): void;
}

export function createLife(time: VirtualTime): Life {
  const atEnd: (() => void)[] = [];
  let isOver = false;
  return {
    get isOver() {
      return isOver;
    },
    clock: time.clock,
    sleep: (ms) =>
      new Promise((resolve) =>
        time.after(ms, () => {
          if (!isOver) resolve();
        }),
      ),
    defer: (run) =>
      time.defer(() => {
        if (!isOver) run();
      }),
    receive: (answer) =>
      new Promise((resolve, reject) => {
        answer.then(
          (value) => {
            if (!isOver) resolve(value);
          },
          (error: unknown) => {
            if (!isOver) reject(error instanceof Error ? error : new Error(String(error)));
          },
        );
      }),
    end() {
      if (isOver) return;
      isOver = true;
      for (const run of atEnd) run();
    },
    onEnd: (run) => void atEnd.push(run),
  };
}
