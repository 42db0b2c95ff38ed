import { describe, expect, it } from 'vitest';
import { drawChart } from '../../../load/simulate/capacity/describe-peak.ts';
import { type Peak, playPeak } from '../../../load/simulate/capacity/play-peak.ts';

const play = (changes: Partial<Peak> = {}) =>
  playPeak({
    votesPerSecond: 20_000,
    minutes: 5,
    rowsPerSecond: 10_000,
    shards: null,
    failoverSeconds: 0,
    seed: 1,
    ...changes,
  });

describe('a peak played against the plan', () => {
  it('records every vote, and comes to the backlog and the drain that the plan says', () => {
    const report = play();
    expect(report).toMatchObject({ ok: true, votes: 6_000_000, recorded: 6_000_000, overflowed: 0 });
    expect(report.shards).toBe(report.plan.shards);
    expect(report.backlogVotesMax / report.plan.backlogVotesMax).toBeCloseTo(1, 1);
    expect(report.drainMinutes / report.plan.drainMinutes).toBeCloseTo(1, 1);
    const recorded = report.minutes.map((minute) => minute.recordedPerSecond);
    expect(Math.max(...recorded)).toBeLessThanOrEqual(10_000);
  });

  it('waits for a database that is away, by as many votes and as long as it is away', () => {
    const [well, failed] = [play(), play({ failoverSeconds: 60 })];
    expect(failed.ok).toBe(true);
    expect(failed.backlogVotesMax - well.backlogVotesMax).toBe(60 * 10_000);
    expect(failed.drainMinutes - well.drainMinutes).toBeCloseTo(1, 0);
    expect(failed.minutes[4]?.recordedPerSecond).toBe(0);
  });

  it('sends to the queue what too few shards turn away twice, and records that too', () => {
    const report = play({ shards: 15, minutes: 1, rowsPerSecond: 30_000 });
    expect(report.throttled).toBeGreaterThan(0);
    expect(report.overflowed).toBeGreaterThan(0);
    expect(report).toMatchObject({ ok: true, recorded: report.votes });
  });

  it('fails when the stream would forget votes before they are recorded', () => {
    const report = play({ votesPerSecond: 1_000, minutes: 1_440, rowsPerSecond: 100 });
    expect(report.ok).toBe(false);
    expect(report.recorded).toBeLessThan(report.votes);
  });

  it('is the same from the same seed, and spreads keys otherwise from another', () => {
    const few = { shards: 21, minutes: 1 };
    expect(play(few)).toEqual(play(few));
    expect(play({ ...few, seed: 2 }).throttled).not.toBe(play(few).throttled);
  });

  it('refuses nonsense in one line', () => {
    expect(() => play({ votesPerSecond: 0 })).toThrow(/votesPerSecond is 0/);
  });
});

it('draws a chart no wider than a terminal, with its highest value at the top', () => {
  const lines = drawChart(Array.from({ length: 500 }, (_, at) => at));
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines[0]).toMatch(/^ +499 │ +█+$/);
  expect(lines.at(-1)).toMatch(/500 min$/);
});
