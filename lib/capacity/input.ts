import { chosen, estimated, type Figure, measured, valuesOf } from './figure.ts';

/** What ingest runs on: environments kept ready, or Lambda on instances of ours. */
export const computes = ['provisioned', 'managed'] as const;
export type Compute = (typeof computes)[number];

/** What a plan can start from without being told; each can be given instead. */
export const defaultFigures = {
  votes: estimated(300_000_000, 'everybody who may vote in the largest of national elections'),
  requestBytes: estimated(2_000, 'a vote in five contests about 1,300 with its pass, headers about 700'),
  responseBytes: estimated(500, 'a receipt and its headers'),
  recordBytes: measured(490, 'five contests, test/unit/capacity/figures.test.ts'),
  requestMs: estimated(
    50,
    'the mean of PutRecords at p50 35, p95 100, p99 200 ms (second-hand), and our CPU',
  ),
  /** A standard environment has one request at a time, so each vote is a put of its own. */
  cpuMicrosAlone: measured(732, 'npm run bench -- ingest: one PutRecord a vote'),
  /** Many requests in one process, so that puts are shared. */
  cpuMicrosGrouped: measured(110, 'npm run bench -- ingest: ours, 64 in flight'),
  lambdaMemoryMb: chosen(512, 'lib/stacks/service-stack.ts'),
  rowsPerSecond: estimated(
    80_000,
    'one large Aurora writer: 50,000 to 120,000; 48,112 votes/s measured on 2 cores',
  ),
  batchRecords: measured(1_000, 'npm run bench -- writer: the statement gains little beyond'),
  batchMs: estimated(100, 'a batch alone: 34 ms measured beside the database, and the network'),
  databaseVcpus: chosen(64, 'r8g.16xlarge'),
  databaseInstances: chosen(4, 'the writer, two readers, and the analysts’ own'),
  rollVcpus: chosen(8, 'r8g.2xlarge: passes, four small statements each, spread over the weeks before'),
  rollInstances: chosen(2, 'the writer of the voter roll, and a reader that takes over'),
  openHours: estimated(12, 'how long the polls are open, and what is kept ready is kept ready'),
  headroom: chosen(0.1, 'above the peak, where more than is ready means refused votes'),
  shardLoad: chosen(0.6, 'share of a shard that the plan uses: hashing is even only on average'),
  newConnectionShare: estimated(0.2, 'requests that CloudFront opens a connection to the load balancer for'),
} as const satisfies Readonly<Record<string, Figure>>;

type Assumptions = Readonly<Record<keyof typeof defaultFigures, number>>;

/** Rates are a second, sizes bytes, shares between 0 and 1, times as their names say. */
export interface CapacityInput extends Assumptions {
  /** At the peak. */
  readonly votesPerSecond: number;
  readonly compute: Compute;
}

export const defaultInput: Omit<CapacityInput, 'votesPerSecond'> = {
  ...valuesOf(defaultFigures),
  compute: 'provisioned',
};

/** A plan cannot be made from this; the message is one line that says why. */
export class CapacityError extends RangeError {
  readonly code = 'capacity-input';
}

/** Beyond these the input is a slip of the pen. */
const most: Readonly<Partial<Record<keyof CapacityInput, number>>> = {
  votesPerSecond: 10_000_000,
  // More than there are people.
  votes: 10_000_000_000,
  requestBytes: 1_048_576,
  responseBytes: 1_048_576,
  recordBytes: 65_536,
  // The function's own timeout: lib/stacks/service-stack.ts.
  requestMs: 5_000,
  rowsPerSecond: 100_000_000,
  batchRecords: 10_000,
  openHours: 10_000,
  headroom: 10,
  shardLoad: 1,
  newConnectionShare: 1,
};

/** @throws CapacityError that names every mistake */
export function checkInput({ compute, ...numbers }: CapacityInput): void {
  const mistakes = Object.entries(numbers).flatMap(([name, value]) => {
    const max = most[name as keyof CapacityInput] ?? Number.MAX_SAFE_INTEGER;
    if (Number.isFinite(value) && value > 0 && value <= max) return [];
    return [`${name} is ${value}: it must be above 0 and at most ${max.toLocaleString('en-US')}`];
  });
  if (!computes.includes(compute))
    mistakes.push(`compute is ${compute}: it is one of ${computes.join(', ')}`);
  if (numbers.votesPerSecond > numbers.votes) {
    mistakes.push(
      `votesPerSecond is ${numbers.votesPerSecond}: more than the ${numbers.votes} votes there are`,
    );
  }
  if (mistakes.length > 0) throw new CapacityError(mistakes.join('; '));
}
