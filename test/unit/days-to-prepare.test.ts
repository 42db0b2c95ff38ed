import { describe, expect, it } from 'vitest';
import { dayIn } from '../../functions/core/count-record.ts';
import { daysToPrepare } from '../../functions/maintenance/maintain.ts';
import { testElection } from '../support/election.ts';

const hourMs = 3_600_000;

function daysAt(now: string, election: { timeZone: string; opensAt: string; closesAt: string }): string[] {
  return daysToPrepare(testElection(election), Date.parse(now));
}

describe('the days for which partitions are made', () => {
  const oneDay = {
    timeZone: 'America/New_York',
    opensAt: '2026-11-03T11:00:00Z',
    closesAt: '2026-11-04T02:00:00Z',
  };

  it('are the day of an election that lasts one, from publication until it closes', () => {
    for (const now of ['2026-08-01T00:00:00Z', oneDay.opensAt, '2026-11-04T01:59:59Z'])
      expect(daysAt(now, oneDay)).toEqual(['2026-11-03']);
  });

  it('are none once the election has closed', () => {
    expect(daysAt(oneDay.closesAt, oneDay)).toEqual([]);
    expect(daysAt('2027-01-01T00:00:00Z', oneDay)).toEqual([]);
  });

  it('include the last day when closing falls just after midnight', () => {
    const late = { ...oneDay, closesAt: '2026-11-04T05:00:01Z' };
    expect(daysAt('2026-11-03T12:00:00Z', late)).toEqual(['2026-11-03', '2026-11-04']);
  });

  it('do not include the next day when closing falls on midnight', () => {
    expect(daysAt('2026-11-03T12:00:00Z', { ...oneDay, closesAt: '2026-11-04T05:00:00Z' })).toEqual([
      '2026-11-03',
    ]);
  });

  const month = {
    timeZone: 'Asia/Kathmandu',
    opensAt: '2026-10-01T00:00:00Z',
    closesAt: '2026-11-01T00:00:00Z',
  };

  it('are today and the three after it while an election lasts longer', () => {
    expect(daysAt('2026-10-10T10:00:00Z', month)).toEqual([
      '2026-10-10',
      '2026-10-11',
      '2026-10-12',
      '2026-10-13',
    ]);
  });

  it('begin with the opening before it has come', () => {
    expect(daysAt('2026-09-01T00:00:00Z', month).slice(0, 2)).toEqual(['2026-10-01', '2026-10-02']);
  });

  it('begin at midnight in the time zone of the election, a quarter of an hour beside the hour', () => {
    expect(daysAt('2026-10-10T18:14:59Z', month)[0]).toBe('2026-10-10');
    expect(daysAt('2026-10-10T18:15:00Z', month)[0]).toBe('2026-10-11');
  });

  it.each([
    ['a day of 23 hours', 'America/New_York', '2026-03-01T12:00:00Z', '2026-03-12T12:00:00Z'],
    ['a day of 25 hours', 'America/New_York', '2026-10-25T12:00:00Z', '2026-11-05T12:00:00Z'],
    ['a day of 23.5 hours', 'Australia/Lord_Howe', '2026-09-28T12:00:00Z', '2026-10-08T12:00:00Z'],
    ['a day that was left out', 'Pacific/Apia', '2011-12-25T12:00:00Z', '2012-01-03T12:00:00Z'],
  ])('miss none of the next three, whenever asked, around %s', (_, timeZone, opensAt, closesAt) => {
    const election = testElection({ timeZone, opensAt, closesAt });
    for (let nowMs = election.opensAtMs - hourMs; nowMs < election.closesAtMs; nowMs += hourMs / 4) {
      const days = daysToPrepare(election, nowMs);
      const wanted = new Set<string>();
      const firstMs = Math.max(nowMs, election.opensAtMs);
      for (
        let atMs = firstMs;
        atMs < Math.min(election.closesAtMs, firstMs + 72 * hourMs);
        atMs += hourMs / 4
      )
        wanted.add(dayIn(timeZone, new Date(atMs).toISOString()));
      expect(days, new Date(nowMs).toISOString()).toEqual(expect.arrayContaining([...wanted]));
      expect(new Set(days).size).toBe(days.length);
    }
  });
});
