import { describe, expect, it } from 'vitest';
import { countRecord, dayIn } from '../../functions/core/count-record.ts';
import { encodeRecord } from '../../functions/core/record.ts';
import type { StreamRecord } from '../../schema/wire/record.ts';
import { numbersFor } from '../support/counts.ts';
import { testElection } from '../support/election.ts';
import { testRecord } from '../support/records.ts';

const election = testElection();
const numbers = numbersFor(election);

const count = (changes: Partial<Record<keyof StreamRecord, unknown>>, rules = election, with_ = numbers) => {
  const record = testRecord(changes);
  return countRecord(record, encodeRecord(record), rules, with_);
};

/** Minute and day of the vote that is made of a record. */
function timesOf(times: { acceptedAt: string; castAt?: string }, timeZone: string): string {
  const result = count(times, testElection({ timeZone }));
  return result.ok ? `${result.vote.castMinute} on ${result.vote.castOn}` : result.reason;
}

describe('the time of a ballot', () => {
  it('is cut to the minute', () => {
    expect(timesOf({ acceptedAt: '2026-11-03T12:34:59.999Z' }, 'UTC')).toBe(
      '2026-11-03T12:34:00Z on 2026-11-03',
    );
  });

  it('is when it was cast, where that is said, and otherwise when it was accepted', () => {
    const times = { acceptedAt: '2026-11-04T02:10:00Z', castAt: '2026-11-03T23:05:07Z' };
    expect(timesOf(times, 'UTC')).toBe('2026-11-03T23:05:00Z on 2026-11-03');
  });

  it.each([
    ['America/New_York', '2026-11-04T04:59:59Z', '2026-11-03'],
    ['America/New_York', '2026-11-04T05:00:00Z', '2026-11-04'],
    ['Asia/Kathmandu', '2026-11-03T18:14:59Z', '2026-11-03'],
    ['Asia/Kathmandu', '2026-11-03T18:15:00Z', '2026-11-04'],
    ['+05:45', '2026-11-03T18:14:59Z', '2026-11-03'],
    ['+05:45', '2026-11-03T18:15:00Z', '2026-11-04'],
    ['Asia/Kolkata', '2026-11-03T18:29:59Z', '2026-11-03'],
    ['Asia/Kolkata', '2026-11-03T18:30:00Z', '2026-11-04'],
    ['Pacific/Kiritimati', '2026-11-03T10:00:00Z', '2026-11-04'],
    ['Pacific/Pago_Pago', '2026-11-03T10:59:59Z', '2026-11-02'],
  ])('in %s at %s counts on %s', (timeZone, acceptedAt, day) => {
    expect(timesOf({ acceptedAt }, timeZone).slice(-10)).toBe(day);
  });

  it.each([
    // Clocks go from 02:00 to 03:00, so midnight comes an hour earlier the next night, in UTC.
    ['2026-03-08T04:59:59Z', '2026-03-07'],
    ['2026-03-08T05:00:00Z', '2026-03-08'],
    ['2026-03-09T03:59:59Z', '2026-03-08'],
    ['2026-03-09T04:00:00Z', '2026-03-09'],
    // And back from 02:00 to 01:00.
    ['2026-11-01T03:59:59Z', '2026-10-31'],
    ['2026-11-01T04:00:00Z', '2026-11-01'],
    ['2026-11-02T04:59:59Z', '2026-11-01'],
    ['2026-11-02T05:00:00Z', '2026-11-02'],
  ])('in New York at %s counts on %s, where clocks change', (acceptedAt, day) => {
    expect(dayIn('America/New_York', acceptedAt)).toBe(day);
  });

  it('is what the calendar says in every time zone, whatever was asked before', () => {
    const zones = Intl.supportedValuesOf('timeZone');
    expect(zones.length).toBeGreaterThan(300);
    for (const [index, timeZone] of zones.entries()) {
      const atMs = Date.parse('2026-03-29T00:00:00Z') + index * 977_000;
      const instant = new Date(atMs).toISOString();
      const parts = new Intl.DateTimeFormat('en', {
        timeZone,
        year: 'numeric',
        month: '2-digit',
        day: '2-digit',
      });
      const part = (type: string) => parts.formatToParts(atMs).find((one) => one.type === type)?.value;
      const expected = `${part('year')}-${part('month')}-${part('day')}`;
      expect([timeZone, dayIn(timeZone, instant), dayIn(timeZone, instant)]).toEqual([
        timeZone,
        expected,
        expected,
      ]);
    }
  });
});

describe('a record', () => {
  it('becomes a vote at its station, its region and the election, its lines sorted', () => {
    const result = count({
      selections: [
        { contest: 'council', choices: ['mo', 'kim'] },
        { contest: 'mayor', choices: ['bob'] },
      ],
    });
    if (!result.ok) throw new Error(result.reason);
    const { vote } = result;
    const line = (contest: string, choice: string) =>
      numbers.choiceLines.get(contest as never)?.get(choice as never) ?? Number.NaN;
    expect(vote.units).toEqual({
      election: numbers.electionUnit,
      region: numbers.regionUnits.get('north' as never),
      station: numbers.stationUnits.get('north' as never)?.get('n1' as never),
    });
    const [ballotLine, ...marked] = vote.lines;
    expect(ballotLine).toBe(numbers.ballotLines.get('full' as never)?.get('kiosk'));
    expect(marked).toEqual(
      [line('mayor', 'bob'), line('council', 'kim'), line('council', 'mo')].sort((a, b) => a - b),
    );
  });

  it.each([
    ['of a station that is not there', { station: 'n9' }, 'unknown-station'],
    ['of a region that is not there', { region: 'west' }, 'unknown-station'],
    ["of another region's station", { region: 'south' }, 'unknown-station'],
    ['with an overvote', { selections: [{ contest: 'mayor', choices: ['ada', 'bob'] }] }, 'invalid-ballot'],
    [
      'with a contest of another ballot',
      { region: 'south', station: 's1', selections: [{ contest: 'council', choices: [] }] },
      'invalid-ballot',
    ],
    [
      'with a choice marked twice',
      { selections: [{ contest: 'council', choices: ['kim', 'kim'] }] },
      'invalid-ballot',
    ],
    [
      'with a contest answered twice',
      {
        selections: [
          { contest: 'mayor', choices: [] },
          { contest: 'mayor', choices: [] },
        ],
      },
      'invalid-ballot',
    ],
  ])('%s cannot be counted, and why is said', (_, changes, reason) => {
    expect(count(changes)).toEqual({ ok: false, reason });
  });

  it('of a place that has no number yet cannot be counted', () => {
    const older = numbersFor(testElection({ regions: [election.definition.regions[1]] }));
    expect(count({}, election, older)).toEqual({ ok: false, reason: 'unknown-station' });
    const withoutLines = { ...numbers, ballotLines: new Map() };
    expect(count({}, election, withoutLines)).toEqual({ ok: false, reason: 'unknown-station' });
  });
});
