import { parseElection } from '../../functions/core/election.ts';
import { type Definition, onlineStationId } from '../../schema/wire/definition.ts';
import { passCharsMax, voteBodyBytesMax } from '../../schema/wire/limits.ts';
import type { ElectionPlan, PlanContest, PlanStation } from './plan-election.ts';
import { ReplayError } from './replay-error.ts';

export interface DefinitionInput {
  readonly election: string;
  readonly name: string;
  readonly plan: ElectionPlan;
  /** The pass key of each region, in the plan's order. */
  readonly passKeys: readonly { readonly keyId: string; readonly spki: string }[];
  /** Whether voters on the roll can have passes issued. */
  readonly hasIssuing?: boolean;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

const hourMs = 3600 * 1000;
/** A replay at 100 votes a second takes Rhode Island an hour and a half; nothing takes a week. */
const openForMs = 7 * 24 * hourMs;

/**
 * The definition of a replayed election: every vote comes from a kiosk that names its station, and
 * the window is open now.
 * @throws ReplayError `bad-election` with the first mistake, where the file's election is beyond a limit
 */
export function buildDefinition(input: DefinitionInput): Definition {
  const { plan, nowMs } = input;
  const styles = createStyles(plan.contests);
  const definition = {
    schema: 'ballotstream/definition/1',
    election: input.election,
    version: 1,
    name: clip(input.name),
    timeZone: 'UTC',
    opensAt: instant(nowMs - hourMs),
    closesAt: instant(nowMs + openForMs),
    graceSeconds: 0,
    resultsVisibility: 'live',
    resultsStatus: 'unofficial',
    channels: [{ channel: 'kiosk', mayNameStation: true, mayStateCastTime: false }],
    ...(input.hasIssuing === true ? { identification: { accessCodes: 'random', providers: [] } } : {}),
    regions: regionsOf(input, styles.idOf),
    ballotStyles: styles.list(),
    contests: plan.contests.map(({ id, name, maxSelections, choices }) => ({
      id,
      name: clip(name),
      maxSelections,
      choices: choices.map((choice) => ({
        id: choice.id,
        name: clip(choice.name),
        ...(choice.party === '' ? {} : { party: clip(choice.party) }),
      })),
    })),
  };
  const parsed = parseElection(definition);
  if (!parsed.ok)
    throw new ReplayError(
      'bad-election',
      `the file's election is not one that can be published: ${parsed.mistakes[0]?.text ?? 'no reason given'}; leave contests out with --offices`,
    );
  checkBodyBytes(plan);
  return parsed.election.definition;
}

const instant = (ms: number): string => new Date(ms).toISOString();
const nameCharsMax = 300;
const clip = (name: string): string => name.slice(0, nameCharsMax);

function regionsOf({ plan, passKeys }: DefinitionInput, styleOf: (contests: readonly number[]) => string) {
  const stations = Map.groupBy(plan.stations, (station) => station.region);
  return plan.regions.map(({ id, name }, at) => {
    const here = stations.get(at) ?? [];
    const registered = here.reduce((sum, station) => sum + (station.registeredVoters ?? 0), 0);
    return {
      id,
      name: clip(name),
      // Only where every station has a figure: part of a region's voters would be no turnout.
      ...(here.every((station) => station.registeredVoters !== null) ? { registeredVoters: registered } : {}),
      // Picked one by one: whoever calls may have the private half beside them.
      passKeys: [{ keyId: passKeys[at]?.keyId, spki: passKeys[at]?.spki }],
      stations: [
        ...here.map((station) => ({
          id: station.id,
          name: clip(station.name),
          ballotStyle: styleOf(station.contests.map((contest) => contest.contest)),
          ...(station.registeredVoters === null ? {} : { registeredVoters: station.registeredVoters }),
        })),
        { id: onlineStationId, name: 'From home', ballotStyle: styleOf(contestsOfAll(here)) },
      ],
    };
  });
}

/** What everybody in a region votes in; of the first station where that is nothing. Nobody casts it here. */
function contestsOfAll(stations: readonly PlanStation[]): number[] {
  const lists = stations.map((station) => station.contests.map((contest) => contest.contest));
  const [first = [], ...rest] = lists;
  const sets = rest.map((list) => new Set(list));
  const common = first.filter((contest) => sets.every((set) => set.has(contest)));
  return common.length > 0 ? common : first;
}

/** Stations with the same contests share a ballot style. */
function createStyles(contests: readonly PlanContest[]) {
  const styles = new Map<string, { id: string; contests: string[] }>();
  return {
    idOf(stationContests: readonly number[]): string {
      const ids = stationContests.map((contest) => contests[contest]?.id ?? '');
      const key = ids.join(' ');
      const style = styles.get(key) ?? { id: `style-${styles.size + 1}`, contests: ids };
      styles.set(key, style);
      return style.id;
    },
    list: () => [...styles.values()],
  };
}

/** Everything of a request but the selections, generously. */
const envelopeBytesMax = passCharsMax + 400;

/** Said before half a million passes are minted, not by the first 413. */
function checkBodyBytes({ stations, contests }: ElectionPlan): void {
  const bytesOf = contests.map(({ id, maxSelections, choices }) => {
    const longest = choices.map((choice) => choice.id.length + '"",'.length).sort((a, b) => b - a);
    return (
      '{"contest":"","choices":[]},'.length +
      id.length +
      longest.slice(0, maxSelections).reduce((sum, bytes) => sum + bytes, 0)
    );
  });
  for (const station of stations) {
    const bytes = station.contests.reduce(
      (sum, { contest }) => sum + (bytesOf[contest] ?? 0),
      envelopeBytesMax,
    );
    if (bytes > voteBodyBytesMax) {
      throw new ReplayError(
        'bad-election',
        `a ballot of ${station.name} can need ${bytes} bytes, more than the ${voteBodyBytesMax} of a vote: leave contests out with --offices`,
      );
    }
  }
}
