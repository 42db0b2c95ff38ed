import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildResults } from '../../functions/core/build-results.ts';
import { pageStations } from '../../functions/core/page-stations.ts';
import type { StationId } from '../../schema/wire/ids.ts';
import { type Results, stationPageBytesMax } from '../../schema/wire/results.ts';
import { testElection } from '../support/election.ts';

const election = testElection();
const scope = { by: 'station', region: [...election.regions.keys()][0] as never } as const;
const small = buildResults(election, null, scope);

/** The same answer with so many stations, each with a name of that length. */
function withStations(count: number, nameChars: number): Results {
  const regions = small.regions?.map((region) => ({
    ...region,
    stations: Array.from({ length: count }, (_, index) => ({
      ...(region.stations?.[0] as NonNullable<typeof region.stations>[number]),
      station: `s${index}` as StationId,
      name: 'x'.repeat(nameChars),
    })),
  }));
  return { ...small, ...(regions === undefined ? {} : { regions }) };
}

describe('pages of stations', () => {
  it('are one page when everything fits', () => {
    expect(pageStations(small, undefined)).toEqual(small);
  });

  it('bring every station once, in order, none of them too large, whatever their number and size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 400 }),
        fc.integer({ min: 1, max: 20_000 }),
        (count, nameChars) => {
          const all = withStations(count, nameChars);
          const seen: string[] = [];
          let after: StationId | undefined;
          do {
            const region = pageStations(all, after).regions?.[0];
            const stations = region?.stations ?? [];
            expect(Buffer.byteLength(JSON.stringify(stations))).toBeLessThan(stationPageBytesMax + count + 2);
            seen.push(...stations.map(({ station }) => station));
            after = region?.nextAfter;
          } while (after !== undefined);
          expect(seen).toEqual(Array.from({ length: count }, (_, index) => `s${index}`));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('are empty behind a station that is not there', () => {
    expect(pageStations(small, 'nowhere' as StationId).regions?.[0]?.stations).toEqual([]);
  });

  it('leave an answer by region alone', () => {
    const byRegion = buildResults(election, null, { by: 'region' });
    expect(pageStations(byRegion, undefined)).toEqual(byRegion);
  });
});
