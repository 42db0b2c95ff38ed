import type { Progress } from '../../../schema/wire/progress.ts';

/** A span of minutes, with what was recorded in it. */
export interface Bar {
  readonly startMs: number;
  readonly ballots: number;
  /** The last minute of it may still be running. */
  readonly isRunning: boolean;
}

export interface MinutesChart {
  /** Of one bar; more than one for a long count. */
  readonly minutesPerBar: number;
  readonly bars: readonly Bar[];
  /** Ballots a minute at the top of the chart: 1, 2 or 5 times a power of ten. */
  readonly top: number;
  /** The bar with most ballots a minute; null without bars. */
  readonly peak: Bar | null;
}

const minuteMs = 60_000;
/** On a phone a bar is then some 3 pixels wide. */
const barsMax = 96;
const spans = [1, 2, 5, 10, 15, 30, 60];

/** Minutes as bars: as fine as there is room for. Pure. */
export function chartMinutes({ first, recorded }: Progress['minutes']): MinutesChart {
  if (first === null || recorded.length === 0) return { minutesPerBar: 1, bars: [], top: 1, peak: null };
  const firstMs = Date.parse(first);
  const minutesPerBar = spans.find((span) => recorded.length / span <= barsMax - 1) ?? 60;
  const spanMs = minutesPerBar * minuteMs;
  // Bars begin at full spans of the clock: 12:00, 12:05, so that they stay where they are while more minutes come.
  const beginMs = Math.floor(firstMs / spanMs) * spanMs;
  const sums: number[] = [];
  for (const [index, ballots] of recorded.entries()) {
    const bar = Math.floor((firstMs + index * minuteMs - beginMs) / spanMs);
    sums[bar] = (sums[bar] ?? 0) + ballots;
  }
  const bars = sums.map((ballots, index) => ({
    startMs: beginMs + index * spanMs,
    ballots,
    isRunning: index === sums.length - 1,
  }));
  const peak = bars.reduce<Bar | null>(
    (most, bar) => (bar.ballots > (most?.ballots ?? -1) ? bar : most),
    null,
  );
  return { minutesPerBar, bars, top: roundUp((peak?.ballots ?? 0) / minutesPerBar), peak };
}

/** The next of 1, 2, 5, 10, 20, 50 … */
export function roundUp(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 2, 5]) if (value <= step * power) return step * power;
  return 10 * power;
}
