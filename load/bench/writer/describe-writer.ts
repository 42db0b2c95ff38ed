import type { BenchResult } from '../bench-result.ts';
import type { Mix } from '../bench-votes.ts';
import { atLeast, formatFigure, type Goal, roundFigure } from '../goals.ts';
import { median, ratioOf } from '../rounds.ts';
import { formatTable } from '../table.ts';
import type { Comparison, compareSizes } from './comparisons.ts';
import { batchVariants, cellKey, type Matrix } from './matrix.ts';
import type { WriterVariant } from './writer-process.ts';
import {
  batchSizes,
  connectionCounts,
  fewConnections,
  goalBatch,
  manyConnections,
  type WriterSizes,
} from './writer-sizes.ts';

export interface WriterMeasurements {
  readonly size: WriterSizes;
  readonly matrix: Matrix;
  readonly mixes: Comparison<Mix>;
  readonly sizes: Awaited<ReturnType<typeof compareSizes>>;
  readonly postgresql: string;
}

export function describeWriter(measured: WriterMeasurements): BenchResult {
  const { size, matrix, mixes, sizes, postgresql } = measured;
  const of = (variant: WriterVariant, connections: number, batchVotes: number): readonly number[] =>
    matrix.get(cellKey(variant, connections, batchVotes)) ?? [];
  return {
    postgresql,
    goals: goalsOf(measured, of),
    figures: {
      rounds: { matrix: size.matrixRounds, comparisons: size.comparisonRounds },
      cells: cellsOf(of),
      hot: { even: roundFigure(median(mixes.even)), hot: roundFigure(median(mixes.hot)) },
      rows: {
        filledWith: size.filledRows,
        empty: roundFigure(median(sizes.empty)),
        filled: roundFigure(median(sizes.filled)),
        filledAfterCheckpoint: roundFigure(sizes.filledAfterCheckpoint),
      },
    },
    lines: [
      ...describeMatrix(of),
      '',
      `Median of ${size.matrixRounds} rounds in turn, empty tables at the start of each. COPY and one by one store the same rows;`,
      'COPY checks and counts nothing. The statement is given votes that are decoded; the writer, the event.',
      '',
      ...formatTable(
        [`statement, ${goalBatch.toLocaleString('en')} a batch`, 'votes/s', '', 'ratio'],
        [
          [
            `even, then hot, ${manyConnections} connections`,
            formatFigure(median(mixes.even)),
            formatFigure(median(mixes.hot)),
            formatFigure(ratioOf(mixes.hot, mixes.even)),
          ],
          [
            `empty, then ${size.filledRows.toLocaleString('en')} rows, ${fewConnections} connections`,
            formatFigure(median(sizes.empty)),
            formatFigure(median(sizes.filled)),
            formatFigure(ratioOf(sizes.filled, sizes.empty)),
          ],
        ],
      ),
      `The first ${size.warmUpVotes.toLocaleString('en')} votes after a checkpoint, into the filled tables: ${formatFigure(sizes.filledAfterCheckpoint)} votes/s.`,
    ],
  };
}

type Of = (variant: WriterVariant, connections: number, batchVotes: number) => readonly number[];

function goalsOf({ mixes, sizes, size }: WriterMeasurements, of: Of): Goal[] {
  const at = (connections: number) => `${connections} ${connections === 1 ? 'connection' : 'connections'}`;
  return [
    ...connectionCounts.map((connections) =>
      atLeast(
        `statement to COPY, ${at(connections)}`,
        ratioOf(of('statement', connections, goalBatch), of('copy', connections, goalBatch)),
        0.5,
      ),
    ),
    ...connectionCounts.map((connections) =>
      atLeast(
        `statement to one by one, ${at(connections)}`,
        ratioOf(of('statement', connections, goalBatch), of('one-by-one', connections, 1)),
        25,
      ),
    ),
    atLeast('one hot choice to even', ratioOf(mixes.hot, mixes.even), 0.9),
    atLeast(
      `${size.filledRows.toLocaleString('en')} rows to empty`,
      ratioOf(sizes.filled, sizes.empty),
      0.75,
    ),
  ];
}

/** Every figure of the matrix, and how it stands to COPY and to one by one of the same rounds. */
function cellsOf(of: Of) {
  return connectionCounts.flatMap((connections) => [
    ...batchSizes.flatMap((batchVotes) =>
      batchVariants.map((variant) => {
        const values = of(variant, connections, batchVotes);
        return {
          ...cellOf(variant, connections, batchVotes, values),
          toCopy: roundFigure(ratioOf(values, of('copy', connections, batchVotes))),
          toOneByOne: roundFigure(ratioOf(values, of('one-by-one', connections, 1))),
        };
      }),
    ),
    cellOf('one-by-one', connections, 1, of('one-by-one', connections, 1)),
  ]);
}

const cellOf = (
  variant: WriterVariant,
  connections: number,
  batchVotes: number,
  values: readonly number[],
) => ({
  variant,
  connections,
  batchVotes,
  votesPerSecond: roundFigure(median(values)),
  min: roundFigure(Math.min(...values)),
  max: roundFigure(Math.max(...values)),
});

function describeMatrix(of: Of): string[] {
  const columns = batchSizes.flatMap((batchVotes) =>
    connectionCounts.map((connections) => ({ batchVotes, connections })),
  );
  const cell = (variant: WriterVariant, connections: number, batchVotes: number): string => {
    const values = of(variant, connections, batchVotes);
    return values.length === 0 ? '' : formatFigure(median(values));
  };
  const ratio = (
    variant: WriterVariant,
    to: WriterVariant,
    connections: number,
    batchVotes: number,
  ): string =>
    formatFigure(
      ratioOf(
        of(variant, connections, batchVotes),
        of(to, connections, to === 'one-by-one' ? 1 : batchVotes),
      ),
    );
  const rows = columns.map(({ batchVotes, connections }) => [
    `${batchVotes.toLocaleString('en')} a batch, ${connections}`,
    ...batchVariants.map((variant) => cell(variant, connections, batchVotes)),
    cell('one-by-one', connections, 1),
    ratio('statement', 'copy', connections, batchVotes),
    ratio('writer', 'copy', connections, batchVotes),
    ratio('writer', 'one-by-one', connections, batchVotes),
  ]);
  return formatTable(
    ['votes/s', 'COPY', 'statement', 'writer', 'one by one', 'statement÷COPY', 'writer÷COPY', 'writer÷one'],
    rows,
  );
}
