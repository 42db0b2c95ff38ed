import type { Dealer } from './deal-ballots.ts';
import type { ElectionPlan } from './plan-election.ts';

/** What the results must say of one station. */
export interface ExpectedStation {
  ballots: number;
  /** Votes by position of the contest in the plan, then by choice; contests on its ballots, all their choices. */
  readonly votes: ReadonlyMap<number, number[]>;
}

/**
 * The count that the results must show, by position of the station in the plan. Of the whole file
 * it is the file's own, so that dealing is checked too; of a part (`--limit`) that of the ballots dealt.
 */
export function expectVotes(plan: ElectionPlan, dealer: Dealer, ballots: number): ExpectedStation[] {
  const stations = plan.stations.map((station) => ({
    ballots: 0,
    votes: new Map(
      station.contests.map(({ contest }) => [
        contest,
        Array.from(plan.contests[contest]?.choices ?? [], () => 0),
      ]),
    ),
  }));
  if (ballots < plan.ballots) countDealt(plan, dealer, ballots, stations);
  else countFile(plan, stations);
  return stations;
}

function countFile(plan: ElectionPlan, stations: ExpectedStation[]): void {
  plan.stations.forEach((station, at) => {
    const expected = stations[at];
    if (expected === undefined) return;
    expected.ballots = station.ballots;
    for (const { contest, choices, cumulativeVotes } of station.contests) {
      choices.forEach((choice, place) => {
        const votes = expected.votes.get(contest);
        if (votes !== undefined)
          votes[choice] = (cumulativeVotes[place] ?? 0) - (cumulativeVotes[place - 1] ?? 0);
      });
    }
  });
}

function countDealt(plan: ElectionPlan, dealer: Dealer, ballots: number, stations: ExpectedStation[]): void {
  const positions = new Map(plan.stations.map((station, at) => [station, at]));
  for (let place = 0; place < ballots; place += 1) {
    const { station, marks } = dealer.ballotAt(place);
    const expected = stations[positions.get(station) ?? -1];
    if (expected === undefined) throw new Error('a ballot was dealt to a station that is not in the plan');
    expected.ballots += 1;
    for (const { contest, choices } of marks) {
      const votes = expected.votes.get(contest);
      for (const choice of choices) if (votes !== undefined) votes[choice] = (votes[choice] ?? 0) + 1;
    }
  }
}
