import type { BenchInput } from '../bench-result.ts';
import type { BenchTable } from './bench-table.ts';
import type { WriterVariant } from './writer-process.ts';
import { batchSizes, connectionCounts, goalBatch, type WriterSizes } from './writer-sizes.ts';

export type BatchVariant = Exclude<WriterVariant, 'one-by-one'>;
export const batchVariants = ['copy', 'statement', 'writer'] as const satisfies readonly BatchVariant[];

/** Votes a second of each round, by what was measured: see `cellKey`. */
export type Matrix = ReadonlyMap<string, readonly number[]>;

/** Names a figure of the matrix. @param batchVotes 1 for one by one */
export const cellKey = (variant: WriterVariant, connections: number, batchVotes: number): string =>
  `${variant} ${connections} ${batchVotes}`;

interface Cell {
  readonly variant: WriterVariant;
  readonly connections: number;
  readonly batchVotes: number;
}

/** What is compared with each other stands together, so that it is measured within seconds. */
const cells: readonly Cell[] = connectionCounts.flatMap((connections) => [
  ...batchSizes.flatMap((batchVotes) =>
    batchVariants.map((variant): Cell => ({ variant, connections, batchVotes })),
  ),
  { variant: 'one-by-one', connections, batchVotes: 1 },
]);

/** Every way to store votes, on tables that are empty at the start of each round. */
export async function measureMatrix(
  table: BenchTable,
  size: WriterSizes,
  say: BenchInput['say'],
): Promise<Matrix> {
  const matrix = new Map<string, number[]>();
  for (let round = 0; round <= size.matrixRounds; round += 1) {
    const isWarmUp = round === 0;
    say(isWarmUp ? 'writer: warming up' : `writer: round ${round} of ${size.matrixRounds}`);
    await table.empty();
    await table.checkpoint();
    for (const cell of round % 2 === 0 ? cells : cells.toReversed()) {
      if (isWarmUp && cell.batchVotes !== goalBatch && cell.variant !== 'one-by-one') continue;
      const perSecond = await table.run({ ...cell, mix: 'even', votes: size.votes[cell.variant] });
      if (isWarmUp) continue;
      const key = cellKey(cell.variant, cell.connections, cell.batchVotes);
      matrix.set(key, [...(matrix.get(key) ?? []), perSecond]);
    }
    await table.check();
  }
  return matrix;
}
