import type { Contest, Definition } from '../../../schema/wire/definition.ts';
import type { BallotId, RegionId, StationId } from '../../../schema/wire/ids.ts';
import type { VoteRequest } from '../../../schema/wire/vote.ts';
import { type Marks, selectionsOf } from '../vote/voting.ts';
import type { Pairing } from './kiosk-store.ts';

/** What is kept of the time: not the order of those who stood in line. */
const castMs = 60_000;

/** Whether a vote that is cast now can count, as far as this version of the definition knows. */
export function isOpen(
  { opensAt, closesAt }: Pick<Definition, 'opensAt' | 'closesAt'>,
  nowMs: number,
): boolean {
  return nowMs >= Date.parse(opensAt) && nowMs < Date.parse(closesAt);
}

/** When a vote counts as cast: the minute, but never before the opening. ISO 8601, whole seconds. */
export function castTime(nowMs: number, opensAt: string): string {
  const minuteMs = Math.max(Math.floor(nowMs / castMs) * castMs, Date.parse(opensAt));
  return new Date(minuteMs).toISOString().replace('.000Z', 'Z');
}

export function makeVote(
  { definition, region, station }: Pairing,
  pass: string,
  marks: Marks,
  contests: readonly Contest[],
): VoteRequest {
  return {
    version: 1,
    ballotId: crypto.randomUUID() as BallotId,
    region: region as RegionId,
    channel: 'kiosk',
    station: station as StationId,
    castAt: castTime(Date.now(), definition.opensAt),
    pass,
    selections: selectionsOf(marks, contests),
  };
}
