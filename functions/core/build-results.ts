import type { Definition } from '../../schema/wire/definition.ts';
import { type Channel, type ContestId, channels, type RegionId } from '../../schema/wire/ids.ts';
import type { ContestResult, Results, UnitResult } from '../../schema/wire/results.ts';
import type { Election } from './election.ts';
import type { CountSnapshot, ResultsScope } from './ports.ts';
import { suppressForPrivacy } from './suppress-for-privacy.ts';
import type { TallyNumbers } from './tally.ts';

/** Votes by line number, of one reporting unit. */
type UnitVotes = ReadonlyMap<number, number>;

/**
 * The published answer, made from one snapshot: it depends on nothing else, so two readers at the
 * same position say the same.
 * @param snapshot Null when no vote has reached the database yet.
 */
export function buildResults(
  election: Election,
  snapshot: CountSnapshot | null,
  scope: ResultsScope,
): Results {
  const { suppressForPrivacyBelowBallots } = election.definition;
  const counted = buildCounted(election, snapshot, scope);
  if (suppressForPrivacyBelowBallots === undefined) return counted;
  if (scope.by === 'station' && !scope.withRegions && dependsOnOthers(election))
    throw new Error('what is suppressed in a region cannot be told without the others: see scopeFor');
  const shown = suppressForPrivacy(counted, suppressForPrivacyBelowBallots);
  const regions =
    scope.by === 'station' ? shown.regions?.filter(({ region }) => region === scope.region) : shown.regions;
  return { ...shown, suppressForPrivacyBelowBallots, ...(regions === undefined ? {} : { regions }) };
}

/** All that was counted, whatever of it may be published. */
function buildCounted(election: Election, snapshot: CountSnapshot | null, scope: ResultsScope): Results {
  const { definition } = election;
  const votesOf = indexCells(snapshot);
  const unit = (
    unitNo: number | undefined,
    contests: ReadonlySet<ContestId>,
    registeredVoters: number | undefined,
  ) => buildUnit(election, snapshot?.numbers ?? null, votesOf(unitNo), contests, registeredVoters);
  const base: Results = {
    election: definition.election,
    name: definition.name,
    definition: definition.version,
    version: snapshot === null ? 0 : snapshot.recorded + snapshot.duplicates + snapshot.quarantined,
    duplicates: snapshot?.duplicates ?? 0,
    quarantined: snapshot?.quarantined ?? 0,
    asOf: snapshot?.asOf ?? null,
    status: definition.resultsStatus,
    ...unit(
      snapshot?.numbers.electionUnit,
      new Set(election.contests.keys()),
      sumVoters(definition.regions.map(votersOf)),
    ),
  };
  if (scope.by === 'election') return base;
  const regions = definition.regions.filter(
    ({ id }) => scope.by === 'region' || scope.withRegions || id === scope.region,
  );
  return {
    ...base,
    regions: regions.map((definedRegion) => {
      const { id, name, stations } = definedRegion;
      const region = election.regions.get(id);
      const none = new Set<ContestId>();
      const unitNo = snapshot?.numbers.regionUnits.get(id);
      const result = { region: id, name, ...unit(unitNo, region?.contests ?? none, votersOf(definedRegion)) };
      if (scope.by === 'region' || id !== scope.region) return result;
      const stationUnits = snapshot?.numbers.stationUnits.get(id);
      return {
        ...result,
        stations: stations.map((station) => ({
          station: station.id,
          name: station.name,
          ...unit(
            stationUnits?.get(station.id),
            region?.stations.get(station.id)?.contests ?? none,
            station.registeredVoters,
          ),
        })),
      };
    }),
  };
}

/** What a results request may ask of an election; null: there is no such region. */
export function scopeFor(
  election: Election,
  by: ResultsScope['by'],
  region: RegionId | undefined,
): ResultsScope | null {
  if (by !== 'station') return { by };
  if (region === undefined || !election.regions.has(region)) return null;
  return { by, region, ...(dependsOnOthers(election) ? { withRegions: true } : {}) };
}

/** Whether what is suppressed in a region depends on the others; until the count is complete, all of it is. */
const dependsOnOthers = ({ definition }: Election): boolean =>
  definition.suppressForPrivacyBelowBallots !== undefined && definition.resultsStatus !== 'unofficial';

function indexCells(snapshot: CountSnapshot | null): (unitNo: number | undefined) => UnitVotes {
  const units = new Map<number, Map<number, number>>();
  for (const { unitNo, lineNo, votes } of snapshot?.cells ?? []) {
    const unit = units.get(unitNo) ?? new Map<number, number>();
    unit.set(lineNo, votes);
    units.set(unitNo, unit);
  }
  const none: UnitVotes = new Map();
  return (unitNo) => (unitNo === undefined ? none : (units.get(unitNo) ?? none));
}

/** A region's own number, or that of its stations where each has one. */
const votersOf = ({ registeredVoters, stations }: Definition['regions'][number]): number | undefined =>
  registeredVoters ?? sumVoters(stations.map((station) => station.registeredVoters));

function sumVoters(parts: readonly (number | undefined)[]): number | undefined {
  let sum = 0;
  for (const voters of parts) {
    if (voters === undefined) return undefined;
    sum += voters;
  }
  return sum;
}

function buildUnit(
  election: Election,
  numbers: TallyNumbers | null,
  votes: UnitVotes,
  contests: ReadonlySet<ContestId>,
  registeredVoters: number | undefined,
): UnitResult {
  const byStyle = ballotsByStyle(numbers, votes);
  const ballotsByChannel = channels.map((channel) => ({
    channel,
    ballots: sumOf(byStyle, (ballots) => ballots[channel]),
  }));
  const ballots = ballotsByChannel.reduce((sum, entry) => sum + entry.ballots, 0);
  const turnout = registeredVoters ? { turnout: ballots / registeredVoters } : {};
  return {
    ballots,
    ballotsByChannel,
    ...(registeredVoters === undefined ? {} : { registeredVoters }),
    ...turnout,
    contests: buildContests(election, numbers, votes, contests, byStyle),
  };
}

type BallotsByStyle = ReadonlyMap<string, Readonly<Record<Channel, number>>>;

function ballotsByStyle(numbers: TallyNumbers | null, votes: UnitVotes): BallotsByStyle {
  const result = new Map<string, Record<Channel, number>>();
  for (const [style, lines] of numbers?.ballotLines ?? []) {
    const ballots: Record<Channel, number> = { browser: 0, kiosk: 0 };
    for (const [channel, line] of lines) ballots[channel] = votes.get(line) ?? 0;
    if (ballots.browser + ballots.kiosk > 0) result.set(style, ballots);
  }
  return result;
}

const sumOf = (
  byStyle: BallotsByStyle,
  pick: (ballots: Readonly<Record<Channel, number>>) => number,
): number => {
  let sum = 0;
  for (const ballots of byStyle.values()) sum += pick(ballots);
  return sum;
};

function buildContests(
  election: Election,
  numbers: TallyNumbers | null,
  votes: UnitVotes,
  contests: ReadonlySet<ContestId>,
  byStyle: BallotsByStyle,
): ContestResult[] {
  const carrying = ballotsByContest(election, byStyle);
  const shown = election.definition.contests.filter(({ id }) => contests.has(id) || carrying.has(id));
  return shown.map(({ id, name, maxSelections, choices }) => {
    const lines = numbers?.choiceLines.get(id);
    const counted = choices.map((choice) => ({
      choice: choice.id,
      name: choice.name,
      ...(choice.party === undefined ? {} : { party: choice.party }),
      votes: votes.get(lines?.get(choice.id) ?? 0) ?? 0,
    }));
    const ballots = carrying.get(id) ?? 0;
    const total = counted.reduce((sum, choice) => sum + choice.votes, 0);
    return {
      contest: id,
      name,
      maxSelections,
      ballots,
      votes: total,
      undervotes: ballots * maxSelections - total,
      choices: counted,
    };
  });
}

function ballotsByContest(election: Election, byStyle: BallotsByStyle): Map<string, number> {
  const result = new Map<string, number>();
  for (const style of election.definition.ballotStyles) {
    const ballots = byStyle.get(style.id);
    if (ballots === undefined) continue;
    for (const contest of style.contests)
      result.set(contest, (result.get(contest) ?? 0) + ballots.browser + ballots.kiosk);
  }
  return result;
}
