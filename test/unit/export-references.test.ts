import { expect, it } from 'vitest';
import { type Cell, exportCells } from '../support/exported-election.ts';
import { findBrokenReferences, validatorOf } from '../support/nist-schema.ts';

/** Ids that are the same when they are joined by what ids may hold. */
const places: readonly (readonly [region: string, ballotStyle: string, ...stations: string[]])[] = [
  ['alder', 'east-full', 'a', 'b'],
  ['alder-east', 'full', 'c', 'd'],
  ['a', 'b-c', 'b-s', 't'],
  ['a-b', 'c', 's', 'v'],
  ['r', 'full', 'q.x', 'other'],
  ['r.q', 'full', 'x', 'other'],
  ['election', 'full', 'merged-full', 'merged'],
];
const styles = {
  'east-full': ['a', 'a.b'],
  full: ['a', 'a.b'],
  'b-c': ['a.b', 'election'],
  c: ['a', 'election'],
};

const cells: Cell[] = places.flatMap(([region, ballotStyle, ...stations]) =>
  stations.map((station, at) => ({ region, station, ballotStyle, ballots: 8 + at, marked: at })),
);

it.each([1, 10, 1_000])(
  'every reference of an export leads to one thing of the right kind, whatever ids look like (%i ballots at least)',
  async (ballotsMin) => {
    const { results, records, places: shown } = await exportCells(cells, styles, ballotsMin);
    expect(shown.merged).toHaveLength(ballotsMin === 10 ? places.length : 0);
    for (const [name, report] of [
      ['election-results-reporting', results],
      ['cast-vote-records', records],
    ] as const) {
      const isValid = validatorOf(name);
      expect([name, isValid(report), isValid.errors]).toEqual([name, true, null]);
      expect([name, findBrokenReferences(name, report)]).toEqual([name, []]);
    }
    const merged = results.GpUnit.filter(({ Type }: { Type: string }) => Type === 'combined-precinct');
    expect(merged.map((unit: { ComposingGpUnitIds: string[] }) => unit.ComposingGpUnitIds)).toEqual(
      shown.merged.map(({ region, stations }) => stations.map((id) => `unit/station/${region}/${id}`)),
    );
  },
);

it('a reference that leads nowhere, to another kind or to two things is told', async () => {
  const { results } = await exportCells(cells, styles, 1);
  const [first, second] = results.GpUnit;
  const kinds = [
    { ...results, GpUnit: results.GpUnit.slice(1) },
    { ...results, GpUnit: [{ ...first, ComposingGpUnitIds: [results.Party[0]['@id']] }, second] },
    { ...results, GpUnit: [...results.GpUnit, second] },
  ];
  for (const broken of kinds)
    expect(findBrokenReferences('election-results-reporting', broken)).not.toEqual([]);
});
