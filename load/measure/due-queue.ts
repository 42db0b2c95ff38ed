/** Items by the time at which they are due: a binary heap. */
export interface DueQueue<T> {
  readonly size: number;
  add(dueMs: number, item: T): void;
  /** Infinity while there is none. */
  nextDueMs(): number;
  /** The item due first, if it is due by now. */
  take(nowMs: number): T | undefined;
}

export function createDueQueue<T>(): DueQueue<T> {
  const heap: { readonly dueMs: number; readonly item: T }[] = [];
  const due = (at: number): number => heap[at]?.dueMs ?? Number.POSITIVE_INFINITY;
  const swap = (a: number, b: number): void => {
    const [first, second] = [heap[a], heap[b]];
    if (first === undefined || second === undefined) return;
    heap[a] = second;
    heap[b] = first;
  };
  const sink = (): void => {
    for (let at = 0; ; ) {
      const child = due(2 * at + 1) <= due(2 * at + 2) ? 2 * at + 1 : 2 * at + 2;
      if (due(child) >= due(at)) return;
      swap(at, child);
      at = child;
    }
  };
  return {
    get size() {
      return heap.length;
    },
    add(dueMs, item) {
      let at = heap.push({ dueMs, item }) - 1;
      while (at > 0 && due((at - 1) >> 1) > due(at)) {
        swap(at, (at - 1) >> 1);
        at = (at - 1) >> 1;
      }
    },
    nextDueMs: () => due(0),
    take(nowMs) {
      if (due(0) > nowMs) return undefined;
      swap(0, heap.length - 1);
      const taken = heap.pop();
      sink();
      return taken?.item;
    },
  };
}
