import type { WriterVariant } from './writer-process.ts';

export const connectionCounts = [1, 2, 4] as const;
export const batchSizes = [100, 1_000, 5_000] as const;

/** The batch size at which the goals are. */
export const goalBatch = 1_000 satisfies (typeof batchSizes)[number];
/** For empty against filled: as design.md's own figures. */
export const fewConnections = 2;
/** For hot against even: the more of them, the more could queue for one row. */
export const manyConnections = 4;

export interface WriterSizes {
  readonly matrixRounds: number;
  readonly comparisonRounds: number;
  /** Votes of a sample: half a second's worth. */
  readonly votes: Readonly<Record<WriterVariant, number>>;
  readonly comparisonVotes: number;
  readonly filledRows: number;
  /** Votes into the filled tables before the clock starts: see `compareSizes`. */
  readonly warmUpVotes: number;
}

export const fullSize: WriterSizes = {
  matrixRounds: 5,
  comparisonRounds: 9,
  votes: { writer: 20_000, statement: 20_000, copy: 20_000, 'one-by-one': 1_000 },
  comparisonVotes: 40_000,
  filledRows: 5_000_000,
  warmUpVotes: 100_000,
};

export const quickSize: WriterSizes = {
  matrixRounds: 1,
  comparisonRounds: 1,
  votes: { writer: 500, statement: 500, copy: 500, 'one-by-one': 20 },
  comparisonVotes: 500,
  filledRows: 2_000,
  warmUpVotes: 500,
};
