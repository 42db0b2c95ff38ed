/** When the next new request should go out. Times are `performance.now()`. */
export interface Pacer {
  /** 0: whenever a connection is free. */
  slotMs(): number;
  /** Uses the slot up. @returns when the request should have gone out: latency counts from then */
  useSlot(readyMs: number, nowMs: number): number;
}

/**
 * @param ratePerSecond Open model: request i should go out at i ÷ rate, however busy the server is.
 *   Null, closed loop: now.
 */
export function createPacer(ratePerSecond: number | null, startMs: number): Pacer {
  if (ratePerSecond === null) return { slotMs: () => 0, useSlot: (_, nowMs) => nowMs };
  let slots = 0;
  const slotMs = (): number => startMs + (slots * 1000) / ratePerSecond;
  return {
    slotMs,
    useSlot(readyMs) {
      const intendedMs = Math.max(slotMs(), readyMs);
      slots += 1;
      return intendedMs;
    },
  };
}
