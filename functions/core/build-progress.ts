import { type Progress, progressMinutesMax, type StationCount } from '../../schema/wire/progress.ts';
import type { Election } from './election.ts';
import type { ProgressSnapshot } from './ports.ts';

const minuteMs = 60_000;

/**
 * The published answer, made from one snapshot: it depends on nothing else.
 * @param snapshot Null when no vote has reached the database yet.
 */
export function buildProgress(election: Election, snapshot: ProgressSnapshot | null): Progress {
  const { definition } = election;
  const regions = definition.regions.map(({ id, stations }) => {
    const units = snapshot?.numbers.stationUnits.get(id);
    const reporting = stations.filter((station) => {
      const unitNo = units?.get(station.id);
      return unitNo !== undefined && snapshot?.reportingUnits.has(unitNo);
    });
    return { region: id, stations: { total: stations.length, reporting: reporting.length } };
  });
  return {
    election: definition.election,
    definition: definition.version,
    version: snapshot === null ? 0 : snapshot.recorded + snapshot.duplicates + snapshot.quarantined,
    asOf: snapshot?.asOf ?? null,
    opensAt: definition.opensAt,
    closesAt: definition.closesAt,
    timeZone: definition.timeZone,
    stations: sumStations(regions.map(({ stations }) => stations)),
    regions,
    minutes: buildMinutes(snapshot?.minutes ?? [], snapshot?.recorded ?? 0),
  };
}

function sumStations(counts: readonly StationCount[]): StationCount {
  return counts.reduce(
    (sum, { total, reporting }) => ({ total: sum.total + total, reporting: sum.reporting + reporting }),
    { total: 0, reporting: 0 },
  );
}

/**
 * One number a minute, also where nothing was recorded, up to the last minute with a ballot.
 * @param minutes Those with ballots, ascending, each once.
 * @param recorded All ballots; those of no minute listed here came before.
 */
function buildMinutes(minutes: ProgressSnapshot['minutes'], recorded: number): Progress['minutes'] {
  const lastMs = minutes.at(-1)?.startMs;
  if (lastMs === undefined) return { first: null, recorded: [], before: recorded };
  const earliestMs = lastMs - (progressMinutesMax - 1) * minuteMs;
  const shown = minutes.filter(({ startMs }) => startMs >= earliestMs);
  const firstMs = shown[0]?.startMs ?? lastMs;
  const numbers = Array.from({ length: (lastMs - firstMs) / minuteMs + 1 }, () => 0);
  let sum = 0;
  for (const { startMs, recorded: ballots } of shown) {
    numbers[(startMs - firstMs) / minuteMs] = ballots;
    sum += ballots;
  }
  return { first: new Date(firstMs).toISOString(), recorded: numbers, before: recorded - sum };
}
