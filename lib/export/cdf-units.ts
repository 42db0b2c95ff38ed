import type { ExportElection, ExportUnit } from './export-election.ts';
import type { StationGroups } from './small-stations.ts';

/** A reporting unit as both of NIST's formats know it (GpUnit). */
export interface CdfUnit {
  readonly id: string;
  readonly name: string;
  readonly level: ExportUnit['level'] | 'merged';
  readonly registeredVoters: number | null;
  /** Ids of the units in it. */
  readonly composedOf: readonly string[];
}

export const electionUnitId = 'unit-election';
export const regionUnitId = (region: string): string => `unit-${region}`;
export const stationUnitId = (region: string, station: string): string => `unit-${region}.${station}`;
export const contestId = (contest: string): string => `contest-${contest}`;
export const choiceId = (contest: string, choice: string): string => `choice-${contest}.${choice}`;
export const candidateId = (contest: string, choice: string): string => `candidate-${contest}.${choice}`;
export const partyId = (party: string): string => `party-${Buffer.from(party).toString('hex')}`;

/** Every unit that ballots or numbers are shown in; stations that are hidden under the name they share. */
export function listUnits({ units, name }: ExportElection, groups: StationGroups): CdfUnit[] {
  const regions = units.filter(({ level }) => level === 'region');
  const below = new Map<string, CdfUnit[]>(regions.map(({ region }) => [region ?? '', []]));
  for (const { region, station, name: stationName, registeredVoters, level } of units) {
    if (level !== 'station' || region === null || station === null) continue;
    const id = stationUnitId(region, station);
    below.get(region)?.push({ id, name: stationName, level: 'station', registeredVoters, composedOf: [] });
  }
  for (const { region } of regions) {
    for (const [shared, stations] of groups.merged) {
      if (region === null || !shared.startsWith(`merged-${region}-`)) continue;
      below.get(region)?.push({
        id: stationUnitId(region, shared),
        name: `${stations.length} stations together`,
        level: 'merged',
        registeredVoters: null,
        composedOf: stations.map((station) => stationUnitId(region, station)),
      });
    }
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
      const stations = below.get(region ?? '') ?? [];
      return [
        {
          id: regionUnitId(region ?? ''),
          name: regionName,
          level: 'region',
          registeredVoters,
          composedOf: stations.filter(({ level }) => level === 'station').map(({ id }) => id),
        },
        ...stations,
      ];
    }),
  ];
}

/** Parties of candidates, each once. */
export function listParties({ contests }: ExportElection): string[] {
  const parties = contests.flatMap(({ choices }) => choices.map(({ party }) => party));
  return [...new Set(parties.filter((party) => party !== null))].sort();
}
