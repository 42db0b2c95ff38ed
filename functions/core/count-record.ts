import type { StreamRecord } from '../../schema/wire/record.ts';
import { findBallotFault } from './ballot-rules.ts';
import type { Election } from './election.ts';
import type { CountableVote, QuarantineReason } from './ports.ts';
import { linesOf, type TallyNumbers, unitsOf } from './tally.ts';

export type CountResult =
  | { readonly ok: true; readonly vote: CountableVote }
  | { readonly ok: false; readonly reason: QuarantineReason };

/**
 * Turns a record into a vote that can be counted, or says why it cannot be. Judges the ballot again:
 * the stream could hold what another version of ingest, or somebody else, put there.
 */
export function countRecord(
  record: StreamRecord,
  bytes: Uint8Array,
  election: Election,
  numbers: TallyNumbers,
): CountResult {
  const station = election.regions.get(record.region)?.stations.get(record.station);
  if (station === undefined) return { ok: false, reason: 'unknown-station' };
  if (findBallotFault(election, station, record.selections) !== null)
    return { ok: false, reason: 'invalid-ballot' };
  const units = unitsOf(numbers, record.region, record.station);
  const lines = linesOf(numbers, station.ballotStyle, record.channel, record.selections);
  // Both were written from this very definition: missing numbers mean the database lags behind it.
  if (units === null || lines === null) return { ok: false, reason: 'unknown-station' };
  const castMinute = toMinute(record.castAt ?? record.acceptedAt);
  return {
    ok: true,
    vote: {
      election: record.election,
      electionNo: numbers.electionNo,
      voterKey: record.voterKey,
      ballotId: record.ballotId,
      region: record.region,
      station: record.station,
      channel: record.channel,
      castMinute,
      castOn: dayIn(election.definition.timeZone, castMinute),
      units,
      lines,
      bytes,
    },
  };
}

/** `2020-11-03T14:05:09.123Z` → `2020-11-03T14:05:00Z` */
const toMinute = (instant: string): string => `${instant.slice(0, 16)}:00Z`;

/** Days by time zone and hour; formatting one costs 2 µs, and a batch lies within few hours. */
const days = new Map<string, string>();
const daysKeptMax = 10_000;

/** The calendar day of an instant in a time zone, `YYYY-MM-DD`. Offsets are whole quarters of an hour. */
export function dayIn(timeZone: string, instant: string): string {
  const key = `${timeZone} ${instant.slice(0, 14)}${Math.floor(Number(instant.slice(14, 16)) / 15)}`;
  let day = days.get(key);
  if (day === undefined) {
    // en-CA writes dates as ISO 8601 does.
    day = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(Date.parse(instant));
    if (days.size >= daysKeptMax) days.clear();
    days.set(key, day);
  }
  return day;
}
