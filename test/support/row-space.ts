/** All that follows from some equations with small whole coefficients, by elimination. */
export interface Span {
  /** Whether this combination of the unknowns has a value. */
  holds(row: readonly number[]): boolean;
}

const tiny = 1e-9;

export function createSpan(rows: readonly (readonly number[])[]): Span {
  /** Each with its first column that is not 0. */
  const basis: { readonly lead: number; readonly row: readonly number[] }[] = [];
  const reduce = (row: readonly number[]): number[] =>
    basis.reduce<number[]>(
      (rest, { lead, row: known }) => {
        const factor = (rest[lead] ?? 0) / (known[lead] ?? 1);
        return rest.map((value, column) => value - factor * (known[column] ?? 0));
      },
      [...row],
    );
  const leadOf = (row: readonly number[]) => row.findIndex((value) => Math.abs(value) > tiny);
  for (const row of rows) {
    const rest = reduce(row);
    const lead = leadOf(rest);
    if (lead !== -1) basis.push({ lead, row: rest });
  }
  return { holds: (row) => leadOf(reduce(row)) === -1 };
}
