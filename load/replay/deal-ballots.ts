import { hash32, shuffledIndex } from './permutation.ts';
import type { ElectionPlan, PlanStation, StationContest } from './plan-election.ts';

/** What one ballot has marked in one contest: positions in the plan's contests and their choices. */
export interface Marks {
  readonly contest: number;
  /** At least one; each once. */
  readonly choices: readonly number[];
}

/** One ballot of the file's election. */
export interface DealtBallot {
  readonly station: PlanStation;
  /** Contests left out are undervotes. */
  readonly marks: readonly Marks[];
}

export interface Dealer {
  /** Ballots that can be dealt: 0 … ballots − 1. */
  readonly ballots: number;
  /**
   * The ballot that is cast at that place. All places together hold exactly the file's votes, in an
   * order that mixes the stations. A pure function of plan, seed and place: nothing is stored.
   */
  ballotAt(place: number): DealtBallot;
  /** The station of that ballot, without dealing it. */
  stationAt(place: number): PlanStation;
}

/** @param seed any 32-bit number; another one deals the same votes into other ballots */
export function createDealer(plan: ElectionPlan, seed: number): Dealer {
  const { stations } = plan;
  const castingKey = hash32(seed, 1);
  const stationOf = (ballot: number): number => {
    let [low, high] = [0, stations.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((stations[middle]?.ballotsBefore ?? 0) <= ballot) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const locate = (place: number): { stationNo: number; ballot: number } => {
    const ballot = shuffledIndex(place, plan.ballots, castingKey);
    return { stationNo: stationOf(ballot), ballot };
  };
  return {
    ballots: plan.ballots,
    stationAt: (place) => stations[locate(place).stationNo] as PlanStation,
    ballotAt(place) {
      const { stationNo, ballot } = locate(place);
      const station = stations[stationNo] as PlanStation;
      const marks: Marks[] = [];
      for (const at of station.contests) {
        const choices = dealContest(
          at,
          station.ballots,
          ballot - station.ballotsBefore,
          hash32(seed, 2, stationNo, at.contest),
        );
        if (choices.length > 0) marks.push({ contest: at.contest, choices });
      }
      return { station, marks };
    },
  };
}

/**
 * What a contest puts on one of a station's ballots. Its votes lie in a row, choice by choice, and
 * are dealt round and round over the shuffled ballots: vote v goes to ballot v mod B. Two votes of
 * one ballot are B apart, and no choice has more than B, so no choice falls on a ballot twice; and
 * V votes never go round more than V ÷ B times, rounded up, which is what the contest allows.
 */
function dealContest(at: StationContest, ballots: number, ballot: number, key: number): number[] {
  const choices: number[] = [];
  if (at.votes === 0) return choices;
  for (let vote = shuffledIndex(ballot, ballots, key); vote < at.votes; vote += ballots) {
    choices.push(choiceOfVote(at, vote));
  }
  return choices;
}

function choiceOfVote({ choices, cumulativeVotes }: StationContest, vote: number): number {
  let [low, high] = [0, choices.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((cumulativeVotes[middle] ?? 0) > vote) high = middle;
    else low = middle + 1;
  }
  return choices[low] as number;
}
