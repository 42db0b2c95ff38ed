import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Cell,
  type Exported,
  exportCells,
  type Loose,
  type Styles,
} from '../support/exported-election.ts';
import { createSpan } from '../support/row-space.ts';

const k = 10;

/** Three ballot styles over three contests: what one contest tells is not what another does. */
const styles: fc.Arbitrary<Styles> = fc.record({
  long: fc.constant(['mayor', 'council', 'bridge']),
  short: fc.subarray(['mayor', 'bridge'], { minLength: 1 }),
  local: fc.subarray(['mayor', 'council', 'school'], { minLength: 1 }),
});
const ballots = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: k + 2 }) },
  { weight: 1, arbitrary: fc.integer({ min: k, max: 60 }) },
);
/** Usually one style a station, as definitions have it; now and then two. */
const station = fc.uniqueArray(
  fc.record({
    ballotStyle: fc.constantFrom('long', 'short', 'local'),
    ballots,
    share: fc.integer({ min: 0, max: 4 }),
  }),
  { minLength: 1, maxLength: 2, selector: ({ ballotStyle }) => ballotStyle, size: 'xsmall' },
);
const elections = fc.array(fc.array(station, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 });

const cellsOf = (regions: typeof elections extends fc.Arbitrary<infer T> ? T : never): Cell[] =>
  regions.flatMap((stations, r) =>
    stations.flatMap((cells, s) =>
      cells.map(({ ballotStyle, ballots: cast, share }) => ({
        region: `r${r}`,
        station: `s${s}`,
        ballotStyle,
        ballots: cast,
        marked: Math.floor((cast * share) / 4),
      })),
    ),
  );

/** The cells that a unit of the results is made of, as the file itself says it. */
function membersOf(results: Loose, cells: readonly Cell[]) {
  const units = new Map<string, Loose>(results.GpUnit.map((unit: Loose) => [unit['@id'], unit]));
  return (unitId: string): Cell[] => {
    const { ComposingGpUnitIds = [], Type } = units.get(unitId);
    if (ComposingGpUnitIds.length === 0)
      return cells.filter(({ region, station: id }) => unitId === `unit/station/${region}/${id}`);
    const members = ComposingGpUnitIds.flatMap((id: string) => membersOf(results, cells)(id)) as Cell[];
    const style = unitId.split('/').at(-1);
    return Type === 'combined-precinct'
      ? members.filter(({ ballotStyle }) => ballotStyle === style)
      : members;
  };
}

/** Everything that both files say of one choice of a contest: cells, and the sum over them. */
function equationsOf({ results, records }: Exported, cells: readonly Cell[], contest: string) {
  const equations: { cells: Cell[]; votes: number }[] = [];
  const found = results.Election[0].Contest.find((one: Loose) => one['@id'] === `contest/${contest}`);
  for (const { GpUnitId, Count, IsSuppressedForPrivacy } of found?.ContestSelection[0].VoteCounts ?? [])
    if (IsSuppressedForPrivacy !== true)
      equations.push({ cells: membersOf(results, cells)(GpUnitId), votes: Count });
  const byPlace = new Map<string, number>();
  for (const { BallotStyleUnitId, BallotStyleId, CVRSnapshot } of records.CVR) {
    const marks = CVRSnapshot[0].CVRContest.find((one: Loose) => one.ContestId === `contest/${contest}`);
    const key = `${BallotStyleId} ${BallotStyleUnitId}`;
    byPlace.set(key, (byPlace.get(key) ?? 0) + (marks?.Selections ?? 0));
  }
  for (const [key, votes] of byPlace) {
    const [style = '', unitId = ''] = key.split(' ');
    const within = membersOf(results, cells)(unitId).filter(({ ballotStyle }) => ballotStyle === style);
    equations.push({ cells: within, votes });
  }
  return equations;
}

/** Every choice of some of them, but none. */
function* subsetsOf<T>(items: readonly T[]): Generator<T[]> {
  for (let bits = 1; bits < 2 ** items.length; bits += 1)
    yield items.filter((_, at) => Math.floor(bits / 2 ** at) % 2 === 1);
}

describe('results and records with small stations hidden', () => {
  it('let nobody who solves their equations learn how fewer than k ballots were marked, at any level', async () => {
    const seen = { merged: 0, leftOut: 0, regions: 0, elections: 0 };
    await fc.assert(
      fc.asyncProperty(elections, styles, async (regions, contestsOf) => {
        const cells = cellsOf(regions).filter((cell) => cell.ballots > 0);
        const exported = await exportCells(cellsOf(regions), contestsOf, k);
        const { places } = exported;
        for (const contest of ['mayor', 'council', 'bridge', 'school']) {
          const carrying = cells.filter(({ ballotStyle }) => contestsOf[ballotStyle]?.includes(contest));
          const row = (of: readonly Cell[]) => carrying.map((cell) => (of.includes(cell) ? 1 : 0));
          const equations = equationsOf(exported, cells, contest);
          for (const { cells: within, votes } of equations) {
            const marked = within.filter((cell) => carrying.includes(cell));
            expect(votes).toBe(marked.reduce((sum, cell) => sum + cell.marked, 0));
          }
          const span = createSpan(equations.map(({ cells: within }) => row(within)));
          const small = carrying.filter((cell) => cell.ballots < k);
          for (const few of subsetsOf(small)) {
            const sum = few.reduce((total, cell) => total + cell.ballots, 0);
            if (sum < k) expect([contest, few, span.holds(row(few))]).toEqual([contest, few, false]);
          }
          seen.regions += regions.filter((_, r) => places.withholds(`r${r}`, contest)).length;
          seen.elections += Number(places.withholds(null, contest));
        }
        seen.merged += places.ballotsMerged;
        seen.leftOut += places.ballotsSuppressed;
      }),
      { numRuns: 400 },
    );
    for (const [what, times] of Object.entries(seen)) expect([what, times > 20]).toEqual([what, true]);
  });

  it('hide nothing where nothing is small', async () => {
    await fc.assert(
      fc.asyncProperty(elections, styles, async (regions, contestsOf) => {
        const cells = cellsOf(regions).map((cell) => ({ ...cell, ballots: cell.ballots + k }));
        const { places, results } = await exportCells(cells, contestsOf, k);
        expect([places.ballotsMerged, places.ballotsSuppressed]).toEqual([0, 0]);
        expect(JSON.stringify(results)).not.toContain('IsSuppressedForPrivacy');
      }),
      { numRuns: 50 },
    );
  });

  it('show every region whose contest has enough ballots, unless another one would be told by it', async () => {
    const one = { region: 'birch', ballotStyle: 'long', marked: 2 };
    const cells = [
      { ...one, station: 'online', ballots: 8 },
      { ...one, region: 'alder', station: 'a', ballots: 40 },
      { ...one, region: 'alder', station: 'b', ballots: 50 },
      { ...one, region: 'cedar', station: 'c', ballots: 60 },
    ];
    const { places } = await exportCells(cells, { long: ['mayor'] }, k);
    const regions = ['alder', 'birch', 'cedar'].map((region) => places.withholds(region, 'mayor'));
    expect([...regions, places.withholds(null, 'mayor')]).toEqual([false, true, true, false]);
    expect(places.placeOf('cedar', 'c', 'long')).toBe(null);
    expect(places.placeOf('alder', 'a', 'long')).toBe('a');
  });
});
