import { limits } from './limits.ts';

/** What a plan is made from. Rates are a second, sizes bytes, times as their names say. */
export interface CapacityInput {
  /** Votes a second at the peak. */
  readonly votesPerSecond: number;
  /** Votes in all. */
  readonly votes: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly recordBytes: number;
  /** How long the stream takes to answer a put, on average. */
  readonly putMs: number;
  /** Our CPU for one vote on a whole core. */
  readonly cpuMicrosecondsPerVote: number;
  readonly ingestMemoryMb: number;
  /** Votes a second that the database records. */
  readonly rowsPerSecond: number;
  readonly writerMemoryMb: number;
  /** Share kept free above the peak in what is reserved by rate. */
  readonly headroom: number;
  /** Share of a shard's limits that the plan uses: voter keys spread evenly on average only. */
  readonly shardLoad: number;
  /** Share of requests that come on a new connection: CloudFront keeps its connections. */
  readonly newConnectionShare: number;
  readonly databaseInstances: number;
  readonly databaseVcpus: number;
}

/** Where a default comes from: a measurement of ours, somebody else's word, or a guess to be replaced. */
export type Provenance = 'measured' | 'second-hand' | 'estimate' | 'chosen';

interface Default {
  readonly value: number;
  readonly provenance: Provenance;
  readonly source: string;
}

const bench = 'load/results/bench-ingest.json, 2 cores of an AMD EPYC, Node 24.21';

/** Every default with its source. */
export const defaults: Readonly<Record<keyof CapacityInput, Default>> = {
  votesPerSecond: { value: 250_000, provenance: 'chosen', source: 'the design’s peak' },
  votes: { value: 300_000_000, provenance: 'chosen', source: 'the design’s electorate' },
  requestBytes: {
    value: 2_000,
    provenance: 'estimate',
    source: 'a ballot of five contests is 1,300 bytes with its pass; 700 for headers',
  },
  responseBytes: { value: 500, provenance: 'measured', source: 'a 202 with its receipt and headers' },
  recordBytes: { value: 450, provenance: 'measured', source: 'a ballot of five contests in the stream' },
  putMs: { value: 60, provenance: 'second-hand', source: 'PutRecords: p50 35, p95 100, p99 200 ms' },
  cpuMicrosecondsPerVote: {
    value: 110,
    provenance: 'measured',
    source: `npm run bench -- ingest (${bench})`,
  },
  ingestMemoryMb: { value: 512, provenance: 'chosen', source: 'lib/stacks/service-stack.ts' },
  rowsPerSecond: {
    value: 80_000,
    provenance: 'estimate',
    source:
      '50,000 to 120,000 for a large Aurora writer; 83,118 on 2 cores of ours without a network between',
  },
  writerMemoryMb: { value: 1_024, provenance: 'chosen', source: 'lib/stacks/service-stack.ts' },
  headroom: { value: 0.1, provenance: 'chosen', source: 'a tenth above the peak' },
  shardLoad: {
    value: 0.6,
    provenance: 'chosen',
    source: 'a shard at its limit throttles; at 60 % there is room for chance',
  },
  newConnectionShare: {
    value: 0.02,
    provenance: 'estimate',
    source: 'CloudFront reuses connections to its origin',
  },
  databaseInstances: {
    value: 4,
    provenance: 'chosen',
    source: 'a writer, two readers, the analysts’ reader',
  },
  databaseVcpus: { value: 64, provenance: 'chosen', source: 'r8g.16xlarge' },
};

export const defaultInput = Object.fromEntries(
  Object.entries(defaults).map(([name, { value }]) => [name, value]),
) as unknown as CapacityInput;

/** What cannot be planned for; its message says all that is wrong. */
export class CapacityError extends RangeError {
  readonly code = 'capacity-input';
}

/** More is no election on this planet: 10 million votes a second, 10 billion in all. */
const votesPerSecondMax = 10_000_000;
const votesMax = 10_000_000_000;
const shares = ['headroom', 'shardLoad', 'newConnectionShare'] as const;

/** @throws CapacityError */
export function checkInput(input: CapacityInput): void {
  const wrong = Object.entries(input)
    .filter(([, value]) => !Number.isFinite(value) || value <= 0)
    .map(([name, value]) => `${name} is ${value}: it must be a number above 0`);
  if (input.votesPerSecond > votesPerSecondMax) {
    wrong.push(`votesPerSecond is more than ${votesPerSecondMax}: no election on this planet`);
  }
  if (input.votes > votesMax) wrong.push(`votes is more than ${votesMax}: no election on this planet`);
  if (input.votes < input.votesPerSecond) {
    wrong.push(`votes (${input.votes}) is less than one second of the peak (${input.votesPerSecond})`);
  }
  if (input.requestBytes > 1_000_000)
    wrong.push('requestBytes is more than the megabyte that a load balancer takes');
  if (input.recordBytes > limits.shardBytesPerSecond)
    wrong.push('recordBytes is more than a shard takes in a second');
  for (const name of shares)
    if (input[name] > 1) wrong.push(`${name} is ${input[name]}: it is a share, 1 at most`);
  if (wrong.length > 0) throw new CapacityError(wrong.join('; '));
}
