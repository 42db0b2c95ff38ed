import { describe, expect, it } from 'vitest';
import { findBallotFault } from '../../../functions/core/ballot-rules.ts';
import { buildBenchElection, castDays, rhodeIsland } from '../../../load/bench/bench-election.ts';
import { createRecordDrawer } from '../../../load/bench/bench-votes.ts';
import { atLeast, atMost, describeOutcome, formatFigure } from '../../../load/bench/goals.ts';
import { alternate, median, percentile, ratioOf } from '../../../load/bench/rounds.ts';
import { createCleanUp } from '../../../load/bench/stage/clean-up.ts';
import { inFlight } from '../../../load/bench/stage/in-flight.ts';
import { formatTable } from '../../../load/bench/table.ts';

const nowMs = Date.parse('2026-11-03T12:34:56.789Z');

describe('the figures of a bench', () => {
  it('are judged as they are shown', () => {
    expect(atLeast('ratio', 0.4996, 0.5)).toMatchObject({ measured: 0.5, met: true });
    expect(describeOutcome(atLeast('ratio', 0.41, 0.5))).toBe('not met: 0.41 of 0.5');
    expect(describeOutcome(atMost('ratio', 1.6, 1.6))).toBe('met');
    expect(describeOutcome(atMost('ratio', 1.71, 1.6))).toBe('not met: 1.71 of 1.6');
    expect(atLeast('ratio', Number.NaN, 0.5).met).toBe(false);
    expect([48_210.4, 26.34, 0.0123].map(formatFigure)).toEqual(['48,210', '26.3', '0.0123']);
  });

  it('are medians, and ratios of what was measured in the same round', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(percentile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(median([])).toBeNaN();
    // The machine was twice as slow in the second round, for both.
    expect(ratioOf([2, 4, 2], [1, 2, 1])).toBe(2);
  });

  it('come from rounds that take the variants in turn, each round the other way round', async () => {
    const order: string[] = [];
    const rounds = await alternate(['a', 'b'], 3, async (name, round) => {
      order.push(name);
      return round;
    });
    expect(order.join('')).toBe('abbaab');
    expect(rounds).toEqual({ a: [0, 1, 2], b: [0, 1, 2] });
  });

  it('stand in columns', () => {
    expect(
      formatTable(
        ['what', 'a', 'b'],
        [
          ['x', '1', ''],
          ['longer', '100', '2'],
        ],
      ),
    ).toEqual(['what      a  b', 'x         1', 'longer  100  2']);
  });
});

describe('the election of a bench', () => {
  const election = buildBenchElection({ ...rhodeIsland, nowMs });

  it("has Rhode Island's shape, and five contests on every ballot", () => {
    const stations = [...election.regions.values()].flatMap((region) => [...region.stations.values()]);
    expect(election.regions.size).toBe(39);
    expect(stations.length).toBe(504 + 39);
    expect(new Set(stations.map((station) => station.contests.size))).toEqual(new Set([5]));
    expect(castDays(nowMs)).toEqual(['2026-11-03', '2026-11-04']);
  });

  it('is voted in with valid ballots, spread evenly or for the first choices alone', () => {
    const draw = createRecordDrawer(election);
    for (const mix of ['even', 'hot'] as const) {
      const records = Array.from({ length: 500 }, () => draw(mix));
      for (const { region, station, selections } of records) {
        const place = election.regions.get(region)?.stations.get(station);
        if (place === undefined) throw new Error(`no station ${station} in ${region}`);
        expect(findBallotFault(election, place, selections)).toBeNull();
      }
      const forPresident = new Set(records.map((record) => record.selections[0]?.choices[0]));
      expect(forPresident.size).toBe(mix === 'hot' ? 1 : 7);
      expect(new Set(records.map((record) => record.voterKey)).size).toBe(500);
    }
  });
});

describe('the stage of a bench', () => {
  it('undoes everything in the opposite order, once', async () => {
    const undone: number[] = [];
    const cleanUp = createCleanUp();
    for (const step of [1, 2, 3])
      cleanUp.defer(async () => {
        undone.push(step);
      });
    await Promise.all([cleanUp.run(), cleanUp.run()]);
    expect(undone).toEqual([3, 2, 1]);
  });

  it('keeps so many under way and does each once', async () => {
    let underWay = 0;
    let most = 0;
    const done: number[] = [];
    await inFlight([1, 2, 3, 4, 5, 6, 7], 3, async (item, lane) => {
      underWay += 1;
      most = Math.max(most, underWay);
      expect(lane).toBeLessThan(3);
      await new Promise((resolve) => setTimeout(resolve, item));
      underWay -= 1;
      done.push(item);
    });
    expect(most).toBe(3);
    expect(done.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });
});
