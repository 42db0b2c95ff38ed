import type pg from 'pg';
import { BenchError } from '../bench-error.ts';
import type { BenchInput } from '../bench-result.ts';
import type { Report } from '../reports/reports.ts';
import type { ResultsJob, ResultsSample } from '../results/results-process.ts';
import { alternate, median, percentile } from '../rounds.ts';
import type { JobProcess } from '../stage/job-process.ts';
import type { WriterJob, WriterSample } from '../writer/writer-process.ts';
import { type AnalystsSizes, batchVotes, connections } from './sizes.ts';

/** Apart: they take no processor time from the others. Beside: at equal rights on the same core. */
export const analystsSides = ['apart', 'beside'] as const;
export type AnalystsSide = (typeof analystsSides)[number];
export const sides = ['without', ...analystsSides] as const;
export type Side = (typeof sides)[number];
export const sideNames: Readonly<Record<Side, string>> = {
  without: 'without analysts',
  apart: 'analysts apart',
  beside: 'analysts beside',
};
export const questions = ['election', 'region'] as const;
export type ReadQuestion = (typeof questions)[number];

/** A value a round. */
export interface SideRounds {
  readonly votesPerSecond: number[];
  /** The round's median and 95th percentile, ms. */
  readonly p50: Readonly<Record<ReadQuestion, number[]>>;
  readonly p95: Readonly<Record<ReadQuestion, number[]>>;
  /** Reads answered 503: one that takes the database longer than the role's statement timeout, 2 s. */
  readonly unavailable: number[];
  /** Reports answered. */
  readonly reports: number[];
}
export type AnalystsRounds = Readonly<Record<Side, SideRounds>>;

export interface Players {
  readonly writer: JobProcess<WriterJob, WriterSample>;
  readonly results: JobProcess<ResultsJob, ResultsSample>;
  readonly analysts: Readonly<Record<AnalystsSide, readonly pg.Client[]>>;
  readonly reports: readonly Report[];
}

/** Round after round without analysts and with them; writers and who reads the results are there in both. */
export async function measureRounds(
  players: Players,
  size: AnalystsSizes,
  say: BenchInput['say'],
): Promise<AnalystsRounds> {
  const empty = (): SideRounds => ({
    votesPerSecond: [],
    p50: { election: [], region: [] },
    p95: { election: [], region: [] },
    unavailable: [],
    reports: [],
  });
  const rounds = { without: empty(), apart: empty(), beside: empty() };
  say('analysts: warming up');
  for (const side of sides) await measureSide(players, size, side, empty());
  await alternate(sides, size.rounds, async (side, round) => {
    say(`analysts: round ${round + 1} of ${size.rounds}, ${sideNames[side]}`);
    await measureSide(players, size, side, rounds[side]);
    return 0;
  });
  return rounds;
}

async function measureSide(
  { writer, results, analysts, reports }: Players,
  size: AnalystsSizes,
  side: Side,
  kept: SideRounds,
): Promise<void> {
  let over = false;
  let answered = 0;
  const asked = side === 'without' ? [] : analysts[side];
  const asking = asked.map(async (analyst, at) => {
    // Not all of them the same at the same time.
    for (let next = at * Math.floor(reports.length / asked.length); !over; next += 1) {
      await analyst.query(reports[next % reports.length]?.sql ?? '');
      answered += 1;
    }
  });
  let isRead = false;
  const reading = (async () => {
    let refused = 0;
    for (const question of questions) {
      const { ms, unavailable, ballots } = await results.run({
        kind: 'read',
        question,
        times: size.reads[question],
        pauseMs: size.pauseMs,
        countsUnavailable: true,
      });
      refused += unavailable;
      if (ballots < size.filled)
        throw new BenchError('wrong-result', `the results say ${ballots} ballots of ${size.filled}`);
      kept.p50[question].push(median(ms));
      kept.p95[question].push(percentile(ms, 0.95));
    }
    kept.unavailable.push(refused);
  })().finally(() => {
    isRead = true;
  });
  const writing = (async () => {
    let votes = 0;
    let seconds = 0;
    do {
      const sample = await writer.run({
        kind: 'run',
        variant: 'writer',
        mix: 'even',
        votes: size.votes,
        batchVotes,
        connections,
      });
      votes += sample.votes;
      seconds += sample.seconds;
    } while (!isRead);
    kept.votesPerSecond.push(votes / seconds);
  })();
  try {
    await Promise.all([reading, writing]);
  } finally {
    over = true;
    await Promise.all(asking);
  }
  kept.reports.push(answered);
}
