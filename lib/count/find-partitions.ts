import type { ClientBase } from 'pg';
import type { Difference } from './difference.ts';

/** Asked of the database for one recount, at most: of thousands of stations the first tell where to look. */
const lookUpsMax = 100;

type Station = NonNullable<Difference['station']>;
type Where = Pick<Difference, 'partitions' | 'isOneOf'>;

/**
 * Names the partitions in which the ballots behind differences of stations lie, or lay, as exactly as can be known: by
 * evidence, which knows days; by ballots that no batch recorded; else it is one of those that hold ballots of the
 * station, or by their bounds may have held one that is gone.
 * @param lyingIn by `region/station`: where its ballots are
 */
export async function findPartitions(
  client: ClientBase,
  electionNo: number,
  differences: readonly Difference[],
  lyingIn: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<Difference[]> {
  if (differences.every(({ station, partitions }) => station === undefined || partitions.length > 0))
    return [...differences];
  const lookUps = await openLookUps(client, electionNo);
  const dated = differences.filter(({ station }) => station?.castOn !== undefined);
  const whereDated = new Map<Difference, readonly string[]>();
  for (const difference of dated)
    whereDated.set(
      difference,
      difference.partitions.length > 0 ? difference.partitions : await lookUps.byBounds(difference.station),
    );
  const places = new Map<string, Where>();
  const locate = async (station: Station): Promise<Where> => {
    const alike = dated.filter((one) => one.station !== undefined && keyOf(one.station) === keyOf(station));
    if (alike.length > 0) return { partitions: unite(alike.flatMap((one) => whereDated.get(one) ?? [])) };
    const lying = [...(lyingIn.get(keyOf(station)) ?? [])];
    const unrecorded = lying.length > 1 ? await lookUps.unrecorded(station, lying) : [];
    if (unrecorded.length > 0) return { partitions: unite(unrecorded) };
    const partitions = unite([...lying, ...(await lookUps.byBounds(station))]);
    return { partitions, isOneOf: partitions.length > 1 };
  };
  const placed: Difference[] = [];
  for (const difference of differences) {
    const { station, partitions } = difference;
    if (station === undefined || partitions.length > 0) {
      placed.push(difference);
      continue;
    }
    const where = places.get(keyOf(station)) ?? (await locate(station));
    places.set(keyOf(station), where);
    placed.push({ ...difference, ...where, partitions: whereDated.get(difference) ?? where.partitions });
  }
  return placed;
}

const keyOf = ({ region, station }: Station): string => `${region}/${station}`;
const unite = (partitions: readonly string[]): string[] => [...new Set(partitions)].sort();

interface LookUps {
  /** Where a ballot of the station would lie: of its day, or of any day of the election. */
  byBounds(station: Station | undefined): Promise<readonly string[]>;
  /** Of these partitions, those where it has ballots from other transactions than those of the batches. */
  unrecorded(station: Station, partitions: readonly string[]): Promise<readonly string[]>;
}

async function openLookUps(client: ClientBase, electionNo: number): Promise<LookUps> {
  const cases = await readBounds(client);
  const days = await readDays(client, electionNo);
  let left = lookUpsMax;
  return {
    async byBounds(place) {
      if (place === undefined || left-- <= 0) return [];
      const { region, station, castOn } = place;
      const { rows } = await client.query<{ name: string | null }>(
        `select distinct case ${cases} end as name
          from (select day::date as cast_on, $1::text as region, $2::text as station from unnest($3::text[]) day) ballot`,
        [region, station, castOn === undefined ? days : [castOn]],
      );
      return rows.flatMap(({ name }) => (name === null ? [] : [name])).sort();
    },
    async unrecorded({ region, station }, partitions) {
      if (left-- <= 0) return [];
      const found: string[] = [];
      for (const partition of partitions) {
        const { rows } = await client.query<{ some: boolean; all: boolean }>(unrecordedStatement(partition), [
          electionNo,
          region,
          station,
        ]);
        // A day that was put back from its file has only such: that tells nothing.
        if (rows[0]?.some === true && !rows[0].all) found.push(partition);
      }
      return found;
    },
  };
}

/**
 * A ballot and its batch's row are of one transaction, which PostgreSQL notes in every row; who changes a ballot later
 * does so in another one. It is a hint and no proof: a database that was loaded from a dump has it nowhere.
 */
const unrecordedStatement = (partition: string): string => `
  select coalesce(bool_or(batch.id is null), false) as some, coalesce(bool_and(batch.id is null), false) as all
  from ${partition} ballot left join (select distinct xmin as id from writer_batch) batch on batch.id = ballot.xmin
  where election_no = $1 and region = $2 and station = $3`;

/** `when (bounds) then partition …`, over cast_on, region and station. */
async function readBounds(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ name: string; condition: string }>(
    `select relid::regclass::text as name, pg_get_partition_constraintdef(relid) as condition
      from unnest(array['ballot', 'archive.ballot']::regclass[]) tree, pg_partition_tree(tree) where isleaf order by 1`,
  );
  return rows
    .map(({ name, condition }) => `when (${condition}) then ${client.escapeLiteral(name)}`)
    .join(' ');
}

/** On which ballots of the election may have been cast, on the clocks of its zone. */
async function readDays(client: ClientBase, electionNo: number): Promise<string[]> {
  const { rows } = await client.query<{ day: string }>(
    `select to_char(day, 'YYYY-MM-DD') as day
      from election, generate_series((opens_at at time zone time_zone)::date, (closes_at at time zone time_zone)::date,
        interval '1 day') day
      where election_no = $1 limit 60`,
    [electionNo],
  );
  return rows.map(({ day }) => day);
}
