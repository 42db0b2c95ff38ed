import { buildBenchElection, castDays, rhodeIsland } from '../bench-election.ts';
import { BenchError } from '../bench-error.ts';
import type { BenchInput, BenchResult } from '../bench-result.ts';
import { atMost, formatFigure, roundFigure } from '../goals.ts';
import { median, percentile } from '../rounds.ts';
import { type BenchDatabase, startDatabases } from '../stage/databases.ts';
import type { JobProcess } from '../stage/job-process.ts';
import { formatTable } from '../table.ts';
import { openWriter, type WriterSite } from '../writer/open-writer.ts';
import type { Question, ResultsJob, ResultsSample } from './results-process.ts';

interface Sizes {
  readonly regions: number;
  readonly stations: number;
  /** Ballots that the writer itself records in both databases: some of their sums are not folded yet. */
  readonly recorded: number;
  /** Ballots that are filled in beside them, in the larger. */
  readonly filled: number;
  readonly rounds: number;
  /** Reads in a row, a round. */
  readonly reads: Readonly<Record<Question, number>>;
}

const fullSize: Sizes = {
  ...rhodeIsland,
  recorded: 10_000,
  filled: 4_990_000,
  rounds: 10,
  reads: { election: 50, region: 20, count: 1 },
};
const quickSize: Sizes = {
  regions: 2,
  stations: 4,
  recorded: 500,
  filled: 2_000,
  rounds: 2,
  reads: { election: 5, region: 5, count: 1 },
};

const questions = ['election', 'region', 'count'] as const satisfies readonly Question[];
const sides = ['small', 'large'] as const;
type Side = (typeof sides)[number];
type Times = Record<Side, Record<Question, number[]>>;
const batchVotes = 1_000;

/** Reading the results at few and at many ballots, in turn. */
export async function benchResults({ quick, stage, say }: BenchInput): Promise<BenchResult> {
  const size = quick ? quickSize : fullSize;
  const nowMs = Date.now();
  const election = buildBenchElection({ ...size, nowMs });
  say('results: starting PostgreSQL and object store');
  const [store, databases] = await Promise.all([stage.startStore(), startDatabases(stage)]);
  const site: WriterSite = { stage, store, definition: election.definition };
  const prepare = async (side: Side): Promise<JobProcess<ResultsJob, ResultsSample>> => {
    const database = await databases.create(side, castDays(nowMs), [...election.regions.keys()]);
    await prepareBallots(site, database, size, side, say);
    const jobs = stage.startJobs<ResultsJob, ResultsSample>({
      name: `results-${side}`,
      file: new URL('./results-process.ts', import.meta.url),
    });
    await jobs.run({
      kind: 'open',
      storeEndpoint: store.endpoint,
      queueUrl: store.queueUrl,
      databaseUrl: database.urlFor('results'),
      auditorUrl: database.urlFor('auditor'),
      election: election.definition.election,
    });
    return jobs;
  };
  const readers = { small: await prepare('small'), large: await prepare('large') };
  const times = await readInTurn(readers, size, say);
  return describe(size, times, databases.version);
}

async function prepareBallots(
  site: WriterSite,
  database: BenchDatabase,
  { recorded, filled }: Sizes,
  side: Side,
  say: BenchInput['say'],
): Promise<void> {
  const writer = await openWriter(site, database);
  if (side === 'large') {
    say(`results: filling in ${formatFigure(filled)} ballots`);
    await writer.run({ kind: 'fill', votes: filled, superuserUrl: database.superuserUrl });
  }
  say(`results: recording ${formatFigure(recorded)} ballots`);
  await writer.run({
    kind: 'run',
    variant: 'writer',
    mix: 'even',
    votes: recorded,
    batchVotes,
    connections: 1,
  });
  await writer.end();
  say(`results: recounting`);
  await database.run("set work_mem = '64MB'");
  const differences = await database.rows('select from tally_difference');
  if (differences.length > 0)
    throw new BenchError('wrong-result', `the tally differs from a recount in ${differences.length} places`);
}

async function readInTurn(
  readers: Readonly<Record<Side, JobProcess<ResultsJob, ResultsSample>>>,
  { rounds, reads, recorded, filled }: Sizes,
  say: BenchInput['say'],
): Promise<Times> {
  const times: Times = {
    small: { election: [], region: [], count: [] },
    large: { election: [], region: [], count: [] },
  };
  for (let round = -1; round < rounds; round += 1) {
    say(round < 0 ? 'results: warming up' : `results: round ${round + 1} of ${rounds}`);
    for (const question of questions) {
      // Counting what does not change takes seconds, and comes out the same.
      if (question === 'count' && round % 3 !== 0) continue;
      for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
        const { ms, ballots } = await readers[side].run({ kind: 'read', question, times: reads[question] });
        const expected = side === 'small' ? recorded : recorded + filled;
        if (question !== 'count' && ballots !== expected)
          throw new BenchError('wrong-result', `results say ${ballots} ballots, not ${expected}`);
        if (round >= 0) times[side][question].push(...ms);
      }
    }
  }
  return times;
}

function describe({ recorded, filled, rounds, reads }: Sizes, times: Times, postgresql: string): BenchResult {
  const ratio = (question: Question): number => median(times.large[question]) / median(times.small[question]);
  const names = {
    election: 'results, by=election',
    region: 'results, by=region',
    count: 'count(*) … group by',
  };
  const ballots = { small: recorded, large: recorded + filled };
  return {
    postgresql,
    goals: [
      atMost(
        `results at ${formatFigure(ballots.large)} ballots to ${formatFigure(ballots.small)}, by=election`,
        ratio('election'),
        1.5,
      ),
      atMost(
        `results at ${formatFigure(ballots.large)} ballots to ${formatFigure(ballots.small)}, by=region`,
        ratio('region'),
        1.5,
      ),
    ],
    figures: {
      ballots,
      reads: {
        election: reads.election * rounds,
        region: reads.region * rounds,
        count: times.large.count.length,
      },
      ms: Object.fromEntries(
        questions.map((question) => [
          question,
          Object.fromEntries(sides.map((side) => [side, describeTimes(times[side][question])])),
        ]),
      ),
    },
    lines: [
      ...formatTable(
        ['ms a read, p50 (p95)', ...sides.map((side) => `${formatFigure(ballots[side])} ballots`), 'ratio'],
        questions.map((question) => [
          names[question],
          ...sides.map(
            (side) =>
              `${formatFigure(median(times[side][question]))} (${formatFigure(percentile(times[side][question], 0.95))})`,
          ),
          formatFigure(ratio(question)),
        ]),
      ),
      'ALB event in to JSON out, one read after another; the tally has no difference from a recount in both.',
    ],
  };
}

const describeTimes = (ms: readonly number[]) => ({
  p50: roundFigure(median(ms)),
  p95: roundFigure(percentile(ms, 0.95)),
});
