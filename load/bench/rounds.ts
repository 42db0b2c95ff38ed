/** What each variant gave in each round, in the order of the rounds. */
export type Rounds<Name extends string> = Readonly<Record<Name, readonly number[]>>;

/**
 * Measures the variants in turn, round after round, each round in the opposite order: what else the
 * machine does meanwhile, and what a variant leaves behind, hits all alike.
 */
export async function alternate<Name extends string>(
  names: readonly Name[],
  rounds: number,
  measure: (name: Name, round: number) => Promise<number>,
): Promise<Rounds<Name>> {
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, number[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed())
      results[name].push(await measure(name, round));
  }
  return results;
}

/** NaN of nothing. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Between the two nearest values, linearly. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position % 1);
}

/**
 * How many times `a` is `b`: the median of the rounds' own ratios. What is measured within a second
 * of each other is alike in all but the variant; the medians of minutes are not.
 */
export function ratioOf(a: readonly number[], b: readonly number[]): number {
  return median(a.map((value, round) => value / (b[round] ?? Number.NaN)));
}

/** How much more `a` is than `b`: the median of the rounds' own differences, for the same reason. */
export function differenceOf(a: readonly number[], b: readonly number[]): number {
  return median(a.map((value, round) => value - (b[round] ?? Number.NaN)));
}
