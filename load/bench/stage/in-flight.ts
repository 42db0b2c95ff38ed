/** Works through `items`, `width` of them at a time: as soon as one is done the next begins. */
export async function inFlight<T>(
  items: readonly T[],
  width: number,
  work: (item: T, lane: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const runLane = async (_: unknown, lane: number): Promise<void> => {
    while (next < items.length) {
      const item = items[next];
      next += 1;
      if (item !== undefined) await work(item, lane);
    }
  };
  await Promise.all(Array.from({ length: width }, runLane));
}
