/** What happened when, in seconds since the first vote. */
export interface Timeline {
  begin(): void;
  note(what: string): void;
  /** @param atMs `performance.now()` */
  seconds(atMs: number): string;
}

export function createTimeline(say: (line: string) => void): Timeline {
  let beganMs = performance.now();
  const seconds = (atMs: number): string => ((atMs - beganMs) / 1000).toFixed(1);
  return {
    begin() {
      beganMs = performance.now();
    },
    note: (what) => say(`  ${seconds(performance.now()).padStart(6)} s  ${what}`),
    seconds,
  };
}
