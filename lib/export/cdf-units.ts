import type { ExportElection, ExportUnit } from './export-election.ts';
import { mergedName, type ShownPlaces } from './small-stations.ts';

/** A reporting unit as both of NIST's formats know it (GpUnit). */
export interface CdfUnit {
  readonly id: string;
  readonly name: string;
  readonly level: ExportUnit['level'] | 'merged';
  readonly registeredVoters: number | null;
  /** Ids of the units in it. */
  readonly composedOf: readonly string[];
}

/** Kinds and ids, apart by what no id of the wire schema holds: two things never share a name. */
const idOf = (...parts: readonly string[]): string => parts.join('/');

export const electionUnitId = idOf('unit', 'election');
export const regionUnitId = (region: string): string => idOf('unit', 'region', region);
/** @param station its own id, or the name that merged ones share */
export const stationUnitId = (region: string, station: string): string =>
  idOf('unit', 'station', region, station);
export const contestId = (contest: string): string => idOf('contest', contest);
export const choiceId = (contest: string, choice: string): string => idOf('choice', contest, choice);
export const candidateId = (contest: string, choice: string): string => idOf('candidate', contest, choice);
export const partyId = (party: string): string => idOf('party', Buffer.from(party).toString('hex'));

/** Every unit that ballots or numbers are shown in; after a region its stations, then those that it shows together. */
export function listUnits({ units, name }: ExportElection, { merged }: ShownPlaces): CdfUnit[] {
  const regions = units.filter(({ level }) => level === 'region');
  const below = new Map<string, CdfUnit[]>(regions.map(({ region }) => [region ?? '', []]));
  for (const { region, station, name: stationName, registeredVoters } of units) {
    if (region === null || station === null) continue;
    const id = stationUnitId(region, station);
    below.get(region)?.push({ id, name: stationName, level: 'station', registeredVoters, composedOf: [] });
  }
  for (const { region, ballotStyle, stations } of merged) {
    below.get(region)?.push({
      id: stationUnitId(region, mergedName(ballotStyle)),
      name: `${stations.length} stations together`,
      level: 'merged',
      registeredVoters: null,
      composedOf: stations.map((station) => stationUnitId(region, station)),
    });
  }
  return [
    {
      id: electionUnitId,
      name,
      level: 'election',
      registeredVoters: null,
      composedOf: regions.map(({ region }) => regionUnitId(region ?? '')),
    },
    ...regions.flatMap(({ region, name: regionName, registeredVoters }): CdfUnit[] => {
      const places = below.get(region ?? '') ?? [];
      return [
        {
          id: regionUnitId(region ?? ''),
          name: regionName,
          level: 'region',
          registeredVoters,
          composedOf: places.filter(({ level }) => level === 'station').map(({ id }) => id),
        },
        ...places,
      ];
    }),
  ];
}

/** Parties of candidates, each once. */
export function listParties({ contests }: ExportElection): string[] {
  const parties = contests.flatMap(({ choices }) => choices.map(({ party }) => party));
  return [...new Set(parties.filter((party) => party !== null))].sort();
}
