import pg from 'pg';
import { buildBenchElection, castDays, rhodeIsland } from '../bench-election.ts';
import { BenchError } from '../bench-error.ts';
import type { BenchInput, BenchResult } from '../bench-result.ts';
import { atMost, formatFigure, roundFigure } from '../goals.ts';
import { median, percentile } from '../rounds.ts';
import { startDatabases } from '../stage/databases.ts';
import { formatTable } from '../table.ts';
import { openWriter } from '../writer/open-writer.ts';
import { type Report, reportsOf } from './reports.ts';

interface Sizes {
  readonly regions: number;
  readonly stations: number;
  /** Filled in; as many more as the writer itself records, some of them not folded. */
  readonly filled: number;
  readonly recorded: number;
  readonly rounds: number;
}

const fullSize: Sizes = { ...rhodeIsland, filled: 4_990_000, recorded: 10_000, rounds: 7 };
const quickSize: Sizes = { regions: 2, stations: 4, filled: 2_000, recorded: 500, rounds: 2 };

/** What the issue asks of a report on one region or station on one day, and of one on everything, ms. */
const placeMsMax = 300;
const wholeMsMax = 2_000;

/** Every report at five million ballots, as an analyst, one after another. */
export async function benchReports({ quick, stage, say }: BenchInput): Promise<BenchResult> {
  const size = quick ? quickSize : fullSize;
  const nowMs = Date.now();
  const { definition, regions } = buildBenchElection({ ...size, nowMs });
  say('reports: starting PostgreSQL and object store');
  const [store, databases] = await Promise.all([stage.startStore(), startDatabases(stage)]);
  const days = castDays(nowMs);
  const database = await databases.create('reports', days, [...regions.keys()]);
  const writer = await openWriter({ stage, store, definition }, database);
  say(`reports: filling in ${formatFigure(size.filled)} ballots`);
  await writer.run({ kind: 'fill', votes: size.filled, superuserUrl: database.superuserUrl });
  say(`reports: recording ${formatFigure(size.recorded)} ballots`);
  await writer.run({
    kind: 'run',
    variant: 'writer',
    mix: 'even',
    votes: size.recorded,
    batchVotes: 1_000,
    connections: 1,
  });
  await writer.end();
  const [place] = await database.rows<{ region: string; station: string }>(
    'select region, station from ballot group by 1, 2 order by count(*) desc limit 1',
  );
  if (place === undefined) throw new BenchError('wrong-result', 'there is no ballot to report on');
  const reports = reportsOf(days[0] ?? '', place.region, place.station);
  const times = await timeAll(database.urlFor('analyst'), reports, size, say);
  return describe(size, reports, times, databases.version);
}

async function timeAll(
  url: string,
  reports: readonly Report[],
  { rounds, filled, recorded }: Sizes,
  say: BenchInput['say'],
): Promise<Map<string, number[]>> {
  const analyst = new pg.Client({ connectionString: url });
  await analyst.connect();
  const times = new Map<string, number[]>(reports.map(({ name }) => [name, []]));
  try {
    const { rows } = await analyst.query<{ ballots: string }>(
      "select ballots from report.turnout where election = 'bench' and level = 'election'",
    );
    if (Number(rows[0]?.ballots) !== filled + recorded)
      throw new BenchError(
        'wrong-result',
        `the turnout says ${rows[0]?.ballots} ballots, not ${filled + recorded}`,
      );
    for (let round = -1; round < rounds; round += 1) {
      say(round < 0 ? 'reports: warming up' : `reports: round ${round + 1} of ${rounds}`);
      for (const { name, sql } of reports) {
        const startMs = performance.now();
        await analyst.query(sql);
        if (round >= 0) times.get(name)?.push(performance.now() - startMs);
      }
    }
  } finally {
    await analyst.end();
  }
  return times;
}

function describe(
  size: Sizes,
  reports: readonly Report[],
  times: ReadonlyMap<string, readonly number[]>,
  postgresql: string,
): BenchResult {
  const slowest = (of: Report['of']): number =>
    Math.max(
      ...reports.filter((report) => report.of === of).map(({ name }) => median(times.get(name) ?? [])),
    );
  return {
    postgresql,
    goals: [
      atMost('the slowest report on a region or station on one day, ms', slowest('place'), placeMsMax),
      atMost('the slowest report on the whole election, ms', slowest('whole'), wholeMsMax),
    ],
    figures: {
      ballots: size.filled + size.recorded,
      rounds: size.rounds,
      ms: Object.fromEntries([...times].map(([name, ms]) => [name, roundFigure(median(ms))])),
    },
    lines: [
      ...formatTable(
        ['ms', 'p50', 'p95'],
        reports.map(({ name }) => {
          const ms = times.get(name) ?? [];
          return [name, formatFigure(median(ms)), formatFigure(percentile(ms, 0.95))];
        }),
      ),
      `${formatFigure(size.filled + size.recorded)} ballots, ${formatFigure(size.stations)} stations; as the role analyst, one after another, all rows read.`,
    ],
  };
}
