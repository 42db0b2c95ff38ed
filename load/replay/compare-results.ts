import { onlineStationId } from '../../schema/wire/definition.ts';
import type { ContestResult, Results, UnitResult } from '../../schema/wire/results.ts';
import type { ExpectedStation } from './expected-votes.ts';
import type { ElectionPlan } from './plan-election.ts';

/** One count that is not what the file says. */
export interface Mismatch {
  readonly region: string;
  readonly station: string;
  readonly contest: string;
  readonly choice: string;
  readonly expected: number;
  readonly counted: number;
}

export interface Comparison {
  /** Counts compared. */
  readonly compared: number;
  readonly mismatches: number;
  /** The first of them, up to `shownMax`. */
  readonly shown: readonly Mismatch[];
}

const shownMax = 20;
/** What the table names a count that is no choice's. */
const ballotsName = '(ballots)';
const allStations = '(all stations)';

export interface Comparer {
  /** @param results by station of one region; null when they could not be read: then every count of it is wrong */
  addRegion(region: number, results: Results | null): void;
  /** The election's own counts: the sums of its regions. */
  addElection(results: Results | null): void;
  finish(): Comparison;
}

/**
 * Compares what was counted with what is expected, count by count: every choice of every contest at
 * every station, zeros too, its ballots, the region's sums, the station for votes from home (where
 * nobody cast any) and, last, the election's sums.
 */
export function createComparer(plan: ElectionPlan, expected: readonly ExpectedStation[]): Comparer {
  const checks = createChecks();
  const electionSums = createSums();
  return {
    addRegion(regionNo, results) {
      const name = plan.regions[regionNo]?.name ?? '';
      const region = results?.regions?.find((candidate) => candidate.region === plan.regions[regionNo]?.id);
      const stations = new Map(region?.stations?.map((station) => [String(station.station), station]));
      const sums = createSums();
      for (const [at, station] of plan.stations.entries()) {
        const want = expected[at];
        if (station.region !== regionNo || want === undefined) continue;
        checkUnit(plan, checks, { region: name, station: station.name }, stations.get(station.id), want);
        sums.add(want);
        electionSums.add(want);
      }
      checkUnit(plan, checks, { region: name, station: allStations }, region, sums.total());
      const online = { region: name, station: onlineStationId, contest: ballotsName, choice: ballotsName };
      checks.add({ ...online, expected: 0, counted: stations.get(onlineStationId)?.ballots ?? 0 });
    },
    addElection(results) {
      checkUnit(
        plan,
        checks,
        { region: '(all regions)', station: allStations },
        results ?? undefined,
        electionSums.total(),
      );
    },
    finish: () => checks.finish(),
  };
}

interface Checks {
  add(mismatch: Mismatch): void;
  finish(): Comparison;
}

function createChecks(): Checks {
  const shown: Mismatch[] = [];
  let compared = 0;
  let mismatches = 0;
  return {
    add(mismatch) {
      compared += 1;
      if (mismatch.expected === mismatch.counted) return;
      mismatches += 1;
      if (shown.length < shownMax) shown.push(mismatch);
    },
    finish: () => ({ compared, mismatches, shown }),
  };
}

/** One reporting unit: its ballots, every choice that it should have, and none that it should not. */
function checkUnit(
  plan: ElectionPlan,
  checks: Checks,
  place: Pick<Mismatch, 'region' | 'station'>,
  unit: UnitResult | undefined,
  want: ExpectedStation,
): void {
  checks.add({
    ...place,
    contest: ballotsName,
    choice: ballotsName,
    expected: want.ballots,
    counted: unit?.ballots ?? 0,
  });
  const contests = new Map(
    unit?.contests.map((contest): [string, ContestResult] => [contest.contest, contest]),
  );
  for (const [contestNo, votes] of want.votes) {
    const contest = plan.contests[contestNo];
    if (contest === undefined) throw new Error('a contest is expected that is not in the plan');
    const counted = new Map(
      contests.get(contest.id)?.choices.map((choice): [string, number] => [
        choice.choice,
        // Suppressed is not what the file says.
        choice.votes ?? Number.NaN,
      ]),
    );
    contests.delete(contest.id);
    for (const [at, { id, name }] of contest.choices.entries()) {
      checks.add({
        ...place,
        contest: contest.name,
        choice: name,
        expected: votes[at] ?? 0,
        counted: counted.get(id) ?? 0,
      });
      counted.delete(id);
    }
    for (const [choice, extra] of counted)
      checks.add({ ...place, contest: contest.name, choice, expected: 0, counted: extra });
  }
  for (const { name, votes } of contests.values()) {
    if (votes !== 0)
      checks.add({ ...place, contest: name, choice: '(all)', expected: 0, counted: votes ?? Number.NaN });
  }
}

function createSums() {
  const votes = new Map<number, number[]>();
  let ballots = 0;
  return {
    add(station: ExpectedStation): void {
      ballots += station.ballots;
      for (const [contest, counts] of station.votes) {
        const sums = votes.get(contest) ?? counts.map(() => 0);
        counts.forEach((count, at) => {
          sums[at] = (sums[at] ?? 0) + count;
        });
        votes.set(contest, sums);
      }
    },
    total: (): ExpectedStation => ({ ballots, votes }),
  };
}
