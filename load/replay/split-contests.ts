import { choicesPerContestMax } from '../../schema/wire/limits.ts';
import type { PlacedRegion } from './place-regions.ts';
import type { FileContest } from './results-sums.ts';

export interface RegionalContest extends FileContest {
  /** Name of the region whose own this contest is; null where all vote in it. */
  readonly region: string | null;
}

export interface SplitContests {
  readonly contests: readonly RegionalContest[];
  /** The regions as they were, their precincts' votes by position in `contests`. */
  readonly regions: readonly PlacedRegion[];
  readonly remarks: readonly string[];
}

/**
 * A county's office (sheriff, commissioner) is one name across a state, with other candidates in
 * each county. Where that makes more choices than a contest may list, each region gets a contest
 * of its own.
 */
export function splitOversizedContests(
  contests: readonly FileContest[],
  regions: readonly PlacedRegion[],
): SplitContests {
  const list: RegionalContest[] = [];
  /** By position in `contests`; null for one that is split. */
  const shared = contests.map((contest) =>
    contest.choices.length > choicesPerContestMax ? null : list.push({ ...contest, region: null }) - 1,
  );
  const oversized = contests.filter((_, at) => shared[at] === null);
  if (oversized.length === 0) return { contests: list, regions, remarks: [] };

  const split = regions.map(({ name, precincts }) => {
    const moveVotes = createMover(contests, name, list);
    const move = ([contest, votes]: readonly [number, Votes]): readonly [number, Votes] => {
      const no = shared[contest] ?? null;
      return no === null ? moveVotes(contest, votes) : [no, votes];
    };
    return {
      name,
      precincts: precincts.map((precinct) => ({
        ...precinct,
        votes: new Map([...precinct.votes].map(move)),
      })),
    };
  });
  const remarks = oversized.map(
    ({ office, choices }) =>
      `${office} has ${choices.length} choices, more than the ${choicesPerContestMax} of one contest: each region gets one of its own`,
  );
  return { contests: list, regions: split, remarks };
}

/** Votes by position of the choice in its contest. */
type Votes = Map<number, number>;

/** Makes a region's own contests in `list`, with the choices that its precincts name, as they come. */
function createMover(contests: readonly FileContest[], region: string, list: RegionalContest[]) {
  const own = new Map<number, { no: number; choices: FileContest['choices'][number][]; choiceNos: Votes }>();
  return (contest: number, votes: Votes): readonly [number, Votes] => {
    const { office, district, choices: all } = contests[contest] as FileContest;
    let made = own.get(contest);
    if (made === undefined) {
      const choices: FileContest['choices'][number][] = [];
      made = { no: list.push({ office, district, choices, region }) - 1, choices, choiceNos: new Map() };
      own.set(contest, made);
    }
    const moved: Votes = new Map();
    for (const [choice, count] of votes) {
      const named = all[choice];
      if (named === undefined) continue;
      const choiceNo = made.choiceNos.get(choice) ?? made.choices.push(named) - 1;
      made.choiceNos.set(choice, choiceNo);
      moved.set(choiceNo, count);
    }
    return [made.no, moved];
  };
}
