import { onlineStationId } from '../../schema/wire/definition.ts';
import { placeRegions } from './place-regions.ts';
import { ReplayError } from './replay-error.ts';
import { normaliseName } from './results-columns.ts';
import type { ResultsFile } from './results-file.ts';
import type { FileContest, FilePrecinct } from './results-sums.ts';
import { createSlugs } from './slugs.ts';
import { type RegionalContest, splitOversizedContests } from './split-contests.ts';

/** An election made of a results file: who can be voted for where, and how many ballots that takes. */
export interface ElectionPlan {
  readonly contests: readonly PlanContest[];
  readonly regions: readonly PlanRegion[];
  /** Those of a region stand together. */
  readonly stations: readonly PlanStation[];
  /** Of all stations. */
  readonly ballots: number;
  readonly remarks: readonly string[];
}

export interface PlanContest {
  readonly id: string;
  readonly name: string;
  readonly maxSelections: number;
  readonly choices: readonly { readonly id: string; readonly name: string; readonly party: string }[];
}

export interface PlanRegion {
  readonly id: string;
  readonly name: string;
}

export interface PlanStation {
  readonly id: string;
  readonly name: string;
  /** Position in `regions`. */
  readonly region: number;
  readonly registeredVoters: number | null;
  /** As many as its fullest contest needs. */
  readonly ballots: number;
  /** Ballots of the stations before it. */
  readonly ballotsBefore: number;
  readonly contests: readonly StationContest[];
}

/** A contest at one station. */
export interface StationContest {
  /** Position in the plan's `contests`. */
  readonly contest: number;
  /** Positions of the choices that got votes here. */
  readonly choices: readonly number[];
  /** Votes of these choices and all before them: 5, 2 and 1 votes are 5, 7, 8. */
  readonly cumulativeVotes: readonly number[];
  readonly votes: number;
}

export interface PlanOptions {
  readonly regionPattern: RegExp | null;
  /** Allowed marks by office, any case; 1 where it is not named. */
  readonly voteFor: ReadonlyMap<string, number>;
  readonly fallbackRegionName: string;
}

/** Dealing shuffles with 32-bit arithmetic. No country has more voters. */
const ballotsMax = 2 ** 30;
/** Ids are on every ballot, and a ballot of 200 contests has to fit 16 KiB. */
const contestIdCharsMax = 28;
const choiceIdCharsMax = 20;
const placeIdCharsMax = 48;

/** @throws ReplayError `usage` for an office in `voteFor` that is not there, `bad-election` beyond a limit */
export function planElection(file: ResultsFile, options: PlanOptions): ElectionPlan {
  checkVoteFor(file.contests, options.voteFor);
  const placement = placeRegions(file.precincts, options.regionPattern, options.fallbackRegionName);
  const split = splitOversizedContests(file.contests, placement.regions);
  const contests = nameContests(split.contests, options.voteFor);
  const nameRegion = createSlugs(placeIdCharsMax);
  const regions = split.regions.map(({ name }) => ({ id: nameRegion(name), name }));
  const stations: PlanStation[] = [];
  let ballotsBefore = 0;
  for (const [region, { precincts }] of split.regions.entries()) {
    const nameStation = createSlugs(placeIdCharsMax, [onlineStationId]);
    for (const precinct of precincts) {
      const { name, registeredVoters } = precinct;
      const here = contestsAt(precinct, split.contests);
      const ballots = ballotsNeeded(here, contests);
      stations.push({
        id: nameStation(name),
        name,
        region,
        registeredVoters,
        ballots,
        ballotsBefore,
        contests: here,
      });
      ballotsBefore += ballots;
    }
  }
  if (ballotsBefore > ballotsMax)
    throw new ReplayError(
      'bad-election',
      `the file makes ${ballotsBefore} ballots; at most ${ballotsMax} can be dealt`,
    );
  if (ballotsBefore === 0)
    throw new ReplayError('bad-election', 'the file makes no ballot: all its votes are zero');
  return {
    contests,
    regions,
    stations,
    ballots: ballotsBefore,
    remarks: [...placement.remarks, ...split.remarks],
  };
}

function checkVoteFor(contests: readonly FileContest[], voteFor: PlanOptions['voteFor']): void {
  const offices = new Set(contests.map((contest) => normaliseName(contest.office)));
  for (const office of voteFor.keys()) {
    if (!offices.has(normaliseName(office)))
      throw new ReplayError('usage', `--vote-for: no office called ${office} is replayed`);
  }
}

/** Contest and choice ids are slugs of their names; a name that two candidates share gets its party. */
function nameContests(contests: readonly RegionalContest[], voteFor: PlanOptions['voteFor']): PlanContest[] {
  const allowed = new Map([...voteFor].map(([office, marks]) => [normaliseName(office), marks]));
  const nameContest = createSlugs(contestIdCharsMax);
  return contests.map(({ office, district, region, choices }) => {
    const nameChoice = createSlugs(choiceIdCharsMax);
    const place = [district === '' ? '' : `District ${district}`, region ?? '']
      .filter((part) => part !== '')
      .join(', ');
    const name = place === '' ? office : `${office}, ${place}`;
    return {
      id: nameContest(`${office} ${district} ${region ?? ''}`),
      name,
      // A definition cannot allow more marks than there are choices.
      maxSelections: Math.min(allowed.get(normaliseName(office)) ?? 1, choices.length),
      choices: choices.map((choice) => ({ id: nameChoice(choice.name), ...choice })),
    };
  });
}

/** The contests on a precinct's ballots. */
function contestsAt(precinct: FilePrecinct, contests: readonly RegionalContest[]): StationContest[] {
  const all = [...precinct.votes].map(([contest, votes]) => countContest(contest, votes));
  const officesVotedIn = new Set(all.filter((at) => at.votes > 0).map((at) => contests[at.contest]?.office));
  // Some files list every district in every precinct, with zeros where nobody can vote for it.
  const isElsewhere = (at: StationContest): boolean =>
    at.votes === 0 &&
    contests[at.contest]?.district !== '' &&
    officesVotedIn.has(contests[at.contest]?.office);
  return all.filter((at) => !isElsewhere(at)).sort((a, b) => a.contest - b.contest);
}

function countContest(contest: number, votes: ReadonlyMap<number, number>): StationContest {
  const choices: number[] = [];
  const cumulativeVotes: number[] = [];
  let sum = 0;
  for (const [choice, count] of votes) {
    if (count === 0) continue;
    sum += count;
    choices.push(choice);
    cumulativeVotes.push(sum);
  }
  return { contest, choices, cumulativeVotes, votes: sum };
}

/**
 * The fewest ballots that hold a station's votes: enough marks for each contest, and for each
 * choice as many ballots as it has votes, since nobody marks the same choice twice.
 */
function ballotsNeeded(stationContests: readonly StationContest[], contests: readonly PlanContest[]): number {
  let needed = 0;
  for (const { contest, votes, cumulativeVotes } of stationContests) {
    needed = Math.max(needed, Math.ceil(votes / (contests[contest]?.maxSelections ?? 1)));
    cumulativeVotes.forEach((upTo, at) => {
      needed = Math.max(needed, upTo - (cumulativeVotes[at - 1] ?? 0));
    });
  }
  return needed;
}
