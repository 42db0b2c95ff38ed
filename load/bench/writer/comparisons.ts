import type { BenchInput } from '../bench-result.ts';
import type { Mix } from '../bench-votes.ts';
import { alternate, type Rounds } from '../rounds.ts';
import type { BenchTable } from './bench-table.ts';
import { fewConnections, goalBatch, manyConnections, type WriterSizes } from './writer-sizes.ts';

/** Votes a second of each round. */
export type Comparison<Name extends string> = Rounds<Name>;

/** The exactly-once statement alone: the writer around it would hide part of what the database does. */
const variant = 'statement';

/** All votes for one choice, against each choice as often as the next. */
export async function compareMixes(
  table: BenchTable,
  size: WriterSizes,
  say: BenchInput['say'],
): Promise<Comparison<Mix>> {
  say(`writer: hot against even, ${size.comparisonRounds} rounds`);
  await table.empty();
  await table.checkpoint();
  const rounds = await alternate(['even', 'hot'] as const, size.comparisonRounds, (mix) =>
    table.run({
      variant,
      mix,
      votes: size.comparisonVotes,
      batchVotes: goalBatch,
      connections: manyConnections,
    }),
  );
  await table.check();
  return rounds;
}

/**
 * Empty tables against filled ones, in one server. The first vote that touches a page of an index after
 * a checkpoint writes the whole page to the log, and 30,000 pages are soon touched by random keys:
 * that is over before the clock starts, since a checkpoint comes once in millions of votes. What the
 * votes right after it got stands beside it.
 */
export async function compareSizes(
  tables: Readonly<Record<'empty' | 'filled', BenchTable>>,
  size: WriterSizes,
  say: BenchInput['say'],
): Promise<Comparison<'empty' | 'filled'> & { readonly filledAfterCheckpoint: number }> {
  say(`writer: empty against filled, ${size.comparisonRounds} rounds`);
  await tables.empty.empty();
  await tables.filled.checkpoint();
  const what = { variant, mix: 'even', batchVotes: goalBatch, connections: fewConnections } as const;
  const filledAfterCheckpoint = await tables.filled.run({ ...what, votes: size.warmUpVotes });
  const rounds = await alternate(['empty', 'filled'] as const, size.comparisonRounds, async (name) => {
    if (name === 'empty') await tables.empty.empty();
    return tables[name].run({ ...what, votes: size.comparisonVotes });
  });
  await tables.filled.check();
  return { ...rounds, filledAfterCheckpoint };
}
