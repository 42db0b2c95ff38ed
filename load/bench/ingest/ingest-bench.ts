import { rhodeIsland } from '../bench-election.ts';
import type { BenchInput, BenchResult } from '../bench-result.ts';
import { atLeast, atMost, formatFigure, roundFigure } from '../goals.ts';
import { alternate, differenceOf, median, percentile, type Rounds, ratioOf } from '../rounds.ts';
import { formatTable } from '../table.ts';
import type { IngestJob, IngestRound, IngestVariant } from './ingest-process.ts';

/** Requests under way at once: what the issue asks for. */
const width = 64;

interface Sizes {
  readonly regions: number;
  readonly stations: number;
  readonly passes: number;
  readonly rounds: number;
  /** A naive vote costs several times as much: fewer of them give as steady a figure. */
  readonly votes: Readonly<Record<IngestVariant, number>>;
}

const fullSize: Sizes = {
  ...rhodeIsland,
  passes: 8_000,
  rounds: 11,
  votes: { floor: 8_000, ours: 8_000, signed: 8_000, sealed: 8_000, naive: 1_600, pass: 8_000 },
};
const quickSize: Sizes = {
  regions: 2,
  stations: 4,
  passes: 400,
  rounds: 2,
  votes: { floor: 400, ours: 400, signed: 400, sealed: 400, naive: 100, pass: 400 },
};

const variants = [
  'floor',
  'ours',
  'signed',
  'sealed',
  'naive',
  'pass',
] as const satisfies readonly IngestVariant[];
const names: Readonly<Record<IngestVariant, string>> = {
  floor: 'floor: Hono, JSON, one verify',
  ours: 'ingest',
  signed: 'ingest, with a kiosk’s token and a signed receipt',
  sealed: 'the same, each token over its own body',
  pass: 'of it: reading a pass, its fingerprint, deriving keys, no verification',
  naive: 'naive: the same checks, a PutRecord each',
};

/** CPU of one accepted vote, ALB event in to 202 out. */
export async function benchIngest({ quick, stage, say }: BenchInput): Promise<BenchResult> {
  const size = quick ? quickSize : fullSize;
  say('ingest: starting stream and object store, minting passes');
  const [stream, store] = await Promise.all([stage.startStream(), stage.startStore()]);
  const jobs = stage.startJobs<IngestJob, IngestRound>({
    name: 'ingest',
    file: new URL('./ingest-process.ts', import.meta.url),
  });
  const { regions, stations, passes, votes } = size;
  await jobs.run({
    kind: 'open',
    streamEndpoint: stream.endpoint,
    storeEndpoint: store.endpoint,
    queueUrl: store.queueUrl,
    receiptKeysFile: stage.file('receipt-keys.json'),
    regions,
    stations,
    passes,
    width,
  });
  say('ingest: warming up');
  for (const variant of variants) await jobs.run({ kind: 'round', variant, votes: votes[variant] });
  const walls: Record<IngestVariant, number[]> = {
    floor: [],
    ours: [],
    signed: [],
    sealed: [],
    naive: [],
    pass: [],
  };
  const cpu = await alternate(variants, size.rounds, async (variant, round) => {
    if (variant === 'floor') say(`ingest: round ${round + 1} of ${size.rounds}`);
    const result = await jobs.run({ kind: 'round', variant, votes: votes[variant] });
    walls[variant].push(result.wallMicros / result.votes);
    return result.cpuMicros / result.votes;
  });
  return describe(size, cpu, walls);
}

function describe(size: Sizes, cpu: Rounds<IngestVariant>, walls: Rounds<IngestVariant>): BenchResult {
  const oursToFloor = ratioOf(cpu.ours, cpu.floor);
  const naiveToOurs = ratioOf(cpu.naive, cpu.ours);
  const checks = differenceOf(cpu.signed, cpu.ours) + median(cpu.pass);
  const rows = variants.map((variant) => [
    names[variant],
    formatFigure(median(cpu[variant])),
    `${formatFigure(percentile(cpu[variant], 0.25))}–${formatFigure(percentile(cpu[variant], 0.75))}`,
    formatFigure(median(walls[variant])),
  ]);
  return {
    postgresql: null,
    goals: [
      atMost('ingest to its floor, CPU', oursToFloor, 1.6),
      atLeast('naive handler to ingest, CPU', naiveToOurs, 5),
      atMost('pass, kiosk token and receipt beside the RSA verification, µs of CPU a vote', checks, 60),
    ],
    figures: {
      inFlight: width,
      rounds: size.rounds,
      votesPerRound: size.votes,
      cpuMicrosPerVote: mapRounds(cpu),
      wallMicrosPerVote: mapRounds(walls),
    },
    lines: [
      ...formatTable(['µs a vote', 'CPU', 'middle half', 'wall'], rows),
      `CPU of the process that handles, all threads; ${width} in flight, median of ${size.rounds} rounds in turn.`,
      `${formatFigure(size.passes)} voters with a pass each; a round has the same voters as the last, with fresh ballot ids.`,
    ],
  };
}

function mapRounds(rounds: Rounds<IngestVariant>) {
  return Object.fromEntries(
    variants.map((variant) => [
      variant,
      {
        median: roundFigure(median(rounds[variant])),
        min: roundFigure(Math.min(...rounds[variant])),
        max: roundFigure(Math.max(...rounds[variant])),
      },
    ]),
  );
}
