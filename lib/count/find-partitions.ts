import type { ClientBase } from 'pg';
import type { Difference } from './difference.ts';

/** Stations whose partitions are looked for one by one, at most. */
const placesMax = 50;

/**
 * Names the partition of ballots that are not there any more: where its station's last ballot is gone, no
 * partition has any of it, and the partitions' own bounds say where one would lie.
 */
export async function findPartitions(
  client: ClientBase,
  electionNo: number,
  differences: readonly Difference[],
): Promise<Difference[]> {
  const homeless = differences.filter(
    ({ station, partitions }) => station !== undefined && partitions.length === 0,
  );
  if (homeless.length === 0) return [...differences];
  const bounds = await readBounds(client);
  const days = await readDays(client, electionNo);
  const found = new Map<Difference, readonly string[]>();
  for (const difference of homeless.slice(0, placesMax)) {
    const { region = '', station = '', castOn } = difference.station ?? {};
    found.set(
      difference,
      await partitionsFor(client, bounds, { region, station, days: castOn === undefined ? days : [castOn] }),
    );
  }
  return differences.map((difference) => ({
    ...difference,
    partitions: found.get(difference) ?? difference.partitions,
  }));
}

interface Bound {
  readonly name: string;
  /** As SQL over cast_on, region and station. */
  readonly condition: string;
}

async function readBounds(client: ClientBase): Promise<Bound[]> {
  const { rows } = await client.query<Bound>(
    `select relid::regclass::text as name, pg_get_partition_constraintdef(relid) as condition
      from unnest(array['ballot', 'archive.ballot']::regclass[]) tree, pg_partition_tree(tree) where isleaf order by 1`,
  );
  return rows;
}

/** On which ballots of the election may have been cast: a day of grace either side, for time zones. */
async function readDays(client: ClientBase, electionNo: number): Promise<string[]> {
  const { rows } = await client.query<{ day: string }>(
    `select to_char(day, 'YYYY-MM-DD') as day
      from election, generate_series(opens_at - interval '1 day', closes_at + interval '2 days', interval '1 day') day
      where election_no = $1 limit 60`,
    [electionNo],
  );
  return rows.map(({ day }) => day);
}

async function partitionsFor(
  client: ClientBase,
  bounds: readonly Bound[],
  place: { readonly region: string; readonly station: string; readonly days: readonly string[] },
): Promise<string[]> {
  const checks = bounds.map(
    ({ name, condition }) => `when (${condition}) then ${client.escapeLiteral(name)}`,
  );
  const { rows } = await client.query<{ name: string | null }>(
    `select distinct case ${checks.join(' ')} end as name
      from (select day::date as cast_on, $1::text as region, $2::text as station from unnest($3::text[]) day) ballot`,
    [place.region, place.station, place.days],
  );
  return rows.flatMap(({ name }) => (name === null ? [] : [name])).sort();
}
