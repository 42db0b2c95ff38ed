import type { StationId } from '../../schema/wire/ids.ts';
import { type Results, stationPageBytesMax } from '../../schema/wire/results.ts';

/**
 * Results by station, cut to what one answer can carry: the stations behind `after`, as many as fit,
 * and `nextAfter` where there are more. A page has at least one station.
 * @param after The last station of the page before; undefined for the first page. One that is not
 *   there is behind all others.
 */
export function pageStations(results: Results, after: StationId | undefined): Results {
  const regions = results.regions?.map(({ stations, ...region }) => {
    if (stations === undefined) return region;
    const found = stations.findIndex(({ station }) => station === after);
    const rest = after === undefined ? stations : found < 0 ? [] : stations.slice(found + 1);
    const page = rest.slice(0, pageLength(rest));
    const last = page.at(-1);
    const hasMore = last !== undefined && page.length < rest.length;
    return { ...region, stations: page, ...(hasMore ? { nextAfter: last.station } : {}) };
  });
  return { ...results, ...(regions === undefined ? {} : { regions }) };
}

function pageLength(stations: readonly unknown[]): number {
  let bytes = 0;
  for (const [index, station] of stations.entries()) {
    bytes += Buffer.byteLength(JSON.stringify(station));
    if (bytes > stationPageBytesMax) return Math.max(1, index);
  }
  return stations.length;
}
