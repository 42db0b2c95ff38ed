import { onlineStationId } from '../../schema/wire/definition.ts';
import type { StationId } from '../../schema/wire/ids.ts';
import { castClockSkewMsMax } from '../../schema/wire/limits.ts';
import type { ProblemCode } from '../../schema/wire/problem.ts';
import type { VoteRequest } from '../../schema/wire/vote.ts';
import type { Election, Station } from './election.ts';

export type AdmissionFault = Extract<
  ProblemCode,
  | 'not-yet-open'
  | 'closed'
  | 'wrong-region'
  | 'channel-not-allowed'
  | 'station-not-allowed'
  | 'station-required'
  | 'cast-time-not-allowed'
  | 'unknown-station'
  | 'cast-time-out-of-window'
>;

export type Admission =
  | { readonly ok: true; readonly stationId: StationId; readonly station: Station }
  | { readonly ok: false; readonly fault: AdmissionFault };

type Placed = Pick<VoteRequest, 'region' | 'channel' | 'station' | 'castAt'>;

/**
 * Whether a vote may be cast now, through this channel, and where it counts. Knows nothing of
 * passes and selections.
 * @param nowMs Milliseconds since 1970.
 */
export function admitVote(election: Election, vote: Placed, nowMs: number): Admission {
  const fault = findTimeFault(election, vote, nowMs);
  return fault === null ? placeVote(election, vote) : { ok: false, fault };
}

function findTimeFault(election: Election, vote: Placed, nowMs: number): AdmissionFault | null {
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

function placeVote(election: Election, vote: Placed): Admission {
  const mayNameStation = election.channels.get(vote.channel)?.mayNameStation === true;
  if (vote.station !== undefined && !mayNameStation) return { ok: false, fault: 'station-not-allowed' };
  if (vote.station === undefined && vote.channel === 'kiosk') return { ok: false, fault: 'station-required' };
  const region = election.regions.get(vote.region);
  if (region === undefined) return { ok: false, fault: 'wrong-region' };
  const stationId = vote.station ?? onlineStationId;
  const station = region.stations.get(stationId);
  return station === undefined ? { ok: false, fault: 'unknown-station' } : { ok: true, stationId, station };
}
