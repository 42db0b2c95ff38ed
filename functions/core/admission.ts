import { onlineStationId } from '../../schema/wire/definition.ts';
import type { StationId } from '../../schema/wire/ids.ts';
import { castClockSkewMsMax } from '../../schema/wire/limits.ts';
import type { ProblemCode } from '../../schema/wire/problem.ts';
import type { VoteRequest } from '../../schema/wire/vote.ts';
import type { Election, Station } from './election.ts';
import type { KioskIdentity } from './kiosk.ts';

export type TimeFault = Extract<
  ProblemCode,
  'not-yet-open' | 'closed' | 'channel-not-allowed' | 'cast-time-not-allowed' | 'cast-time-out-of-window'
>;

export type PlaceFault = Extract<
  ProblemCode,
  | 'wrong-region'
  | 'station-not-allowed'
  | 'station-required'
  | 'unknown-station'
  | 'kiosk-token-required'
  | 'cast-time-not-signed'
>;

export type Place =
  | { readonly ok: true; readonly stationId: StationId; readonly station: Station }
  | { readonly ok: false; readonly fault: PlaceFault };

/**
 * Whether a vote may be cast now, through this channel; null: it may.
 * @param nowMs Milliseconds since 1970.
 */
export function findTimeFault(
  election: Election,
  vote: Pick<VoteRequest, 'channel' | 'castAt'>,
  nowMs: number,
): TimeFault | null {
  const rules = election.channels.get(vote.channel);
  if (rules === undefined) return 'channel-not-allowed';
  if (nowMs < election.opensAtMs) return 'not-yet-open';
  if (vote.castAt === undefined) return nowMs >= election.closesAtMs ? 'closed' : null;
  if (!rules.mayStateCastTime) return 'cast-time-not-allowed';
  if (nowMs >= election.closesAtMs + election.graceMs) return 'closed';
  const castAtMs = Date.parse(vote.castAt);
  const inWindow = castAtMs >= election.opensAtMs && castAtMs < election.closesAtMs;
  return inWindow && castAtMs <= nowMs + castClockSkewMsMax ? null : 'cast-time-out-of-window';
}

/** Whether this election's kiosks have to show who they are. */
export function needsKiosk(election: Election, { channel }: Pick<VoteRequest, 'channel'>): boolean {
  return channel === 'kiosk' && election.kioskKeys.size > 0;
}

/**
 * Where a vote counts. A kiosk's votes count at its own station, whatever the vote says; from home they
 * count in the region's online station.
 *
 * @param kiosk who sent the vote, where `needsKiosk`
 * @param bodySha256 of the request the vote came in, base64url: the kiosk signed cast times only with it
 */
export function placeVote(
  election: Election,
  vote: Pick<VoteRequest, 'region' | 'channel' | 'station' | 'castAt'>,
  kiosk: KioskIdentity | null,
  bodySha256: () => string,
): Place {
  if (needsKiosk(election, vote)) {
    if (kiosk === null) return { ok: false, fault: 'kiosk-token-required' };
    if (kiosk.region !== vote.region) return { ok: false, fault: 'wrong-region' };
    if (vote.castAt !== undefined && kiosk.bodySha256 !== bodySha256()) {
      return { ok: false, fault: 'cast-time-not-signed' };
    }
    return findStation(election, vote.region, kiosk.station);
  }
  const mayNameStation = election.channels.get(vote.channel)?.mayNameStation === true;
  if (vote.station !== undefined && !mayNameStation) return { ok: false, fault: 'station-not-allowed' };
  if (vote.station === undefined && vote.channel === 'kiosk') return { ok: false, fault: 'station-required' };
  return findStation(election, vote.region, vote.station ?? onlineStationId);
}

function findStation(election: Election, regionId: VoteRequest['region'], stationId: StationId): Place {
  const region = election.regions.get(regionId);
  if (region === undefined) return { ok: false, fault: 'wrong-region' };
  const station = region.stations.get(stationId);
  return station === undefined ? { ok: false, fault: 'unknown-station' } : { ok: true, stationId, station };
}
