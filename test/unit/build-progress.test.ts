import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildProgress } from '../../functions/core/build-progress.ts';
import type { ProgressSnapshot } from '../../functions/core/ports.ts';
import { progressMinutesMax, progressSchema } from '../../schema/wire/progress.ts';
import { numbersFor } from '../support/counts.ts';
import { testElection } from '../support/election.ts';

const election = testElection();
const numbers = numbersFor(election);
const noonMs = Date.parse('2026-11-03T12:00:00Z');
const minuteMs = 60_000;
const at = (minute: number) => ({ startMs: noonMs + minute * minuteMs });

const snapshot = (rest: Partial<ProgressSnapshot> = {}): ProgressSnapshot => ({
  numbers,
  recorded: 0,
  duplicates: 0,
  quarantined: 0,
  asOf: '2026-11-03T12:35:00.000Z',
  minutes: [],
  reportingUnits: new Set(),
  ...rest,
});
const unitOf = (region: string, station: string): number =>
  numbers.stationUnits.get(region as never)?.get(station as never) ?? Number.NaN;

describe('progress', () => {
  it('is all zero before the first vote, registered or not', () => {
    const progress = buildProgress(election, null);
    expect(progressSchema.parse(progress)).toEqual(progress);
    expect(progress).toMatchObject({
      version: 0,
      asOf: null,
      stations: { total: 5, reporting: 0 },
      minutes: { first: null, recorded: [], before: 0 },
    });
    expect(buildProgress(election, snapshot({ asOf: null }))).toEqual(progress);
  });

  it('counts stations with a ballot, by region, and only those that the definition lists', () => {
    const reportingUnits = new Set([unitOf('north', 'online'), unitOf('north', 'n2'), 999]);
    const progress = buildProgress(election, snapshot({ reportingUnits }));
    expect(progress.stations).toEqual({ total: 5, reporting: 2 });
    expect(progress.regions).toEqual([
      { region: 'north', stations: { total: 3, reporting: 2 } },
      { region: 'south', stations: { total: 2, reporting: 0 } },
    ]);
    const { regions } = election.definition;
    const smaller = testElection({
      regions: regions.map((region) => ({
        ...region,
        stations: region.stations.filter(({ id }) => id !== 'n2'),
      })),
    });
    expect(buildProgress(smaller, snapshot({ reportingUnits })).stations).toEqual({ total: 4, reporting: 1 });
  });

  it('has a number for every minute between, and says what came before', () => {
    const minutes = [
      { ...at(0), recorded: 3 },
      { ...at(2), recorded: 5 },
    ];
    expect(buildProgress(election, snapshot({ recorded: 10, minutes })).minutes).toEqual({
      first: '2026-11-03T12:00:00.000Z',
      recorded: [3, 0, 5],
      before: 2,
    });
  });

  it('goes back a day and no further, however long ago it began', () => {
    const minutes = [
      { ...at(-10 * progressMinutesMax), recorded: 7 },
      { ...at(-progressMinutesMax), recorded: 2 },
      { ...at(1 - progressMinutesMax), recorded: 4 },
      { ...at(0), recorded: 1 },
    ];
    const progress = buildProgress(election, snapshot({ recorded: 14, minutes }));
    expect(progressSchema.parse(progress).minutes).toMatchObject({ before: 9 });
    expect(progress.minutes.recorded).toHaveLength(progressMinutesMax);
    expect([progress.minutes.recorded[0], progress.minutes.recorded.at(-1)]).toEqual([4, 1]);
  });

  it('adds up to the ballots counted, whatever the minutes', () => {
    const minutes = fc
      .uniqueArray(fc.record({ minute: fc.integer({ min: 0, max: 5_000 }), recorded: fc.nat(9) }), {
        selector: ({ minute }) => minute,
      })
      .map((list) => list.toSorted((a, b) => a.minute - b.minute));
    fc.assert(
      fc.property(minutes, fc.nat(50), (list, earlier) => {
        const recorded = list.reduce((sum, one) => sum + one.recorded, earlier);
        const given = list.map(({ minute, recorded: ballots }) => ({ ...at(minute), recorded: ballots }));
        const shown = progressSchema.parse(
          buildProgress(election, snapshot({ recorded, minutes: given })),
        ).minutes;
        expect(shown.before + shown.recorded.reduce((sum, ballots) => sum + ballots, 0)).toBe(recorded);
        expect(shown.first === null).toBe(list.length === 0);
      }),
    );
  });
});
