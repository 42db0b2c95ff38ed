/**
 * Whether somebody with a pencil can work a sum out: whether `wanted` is a linear combination of `equations`, each a
 * row of 0 and 1 over the same unknowns. Exact: whole numbers without bound, eliminated without a division.
 */
export function isDetermined(
  equations: readonly (readonly boolean[])[],
  wanted: readonly boolean[],
): boolean {
  const basis: { readonly pivot: number; readonly row: readonly bigint[] }[] = [];
  const reduce = (row: readonly boolean[]): readonly bigint[] => {
    let rest: readonly bigint[] = row.map((one) => (one ? 1n : 0n));
    for (const { pivot, row: known } of basis) {
      const factor = rest[pivot] ?? 0n;
      const lead = known[pivot] ?? 1n;
      if (factor !== 0n) rest = rest.map((one, at) => one * lead - (known[at] ?? 0n) * factor);
    }
    return rest;
  };
  for (const equation of equations) {
    const row = reduce(equation);
    const pivot = row.findIndex((one) => one !== 0n);
    if (pivot >= 0) basis.push({ pivot, row });
  }
  return reduce(wanted).every((one) => one === 0n);
}
