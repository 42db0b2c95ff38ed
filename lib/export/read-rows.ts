import type { PoolClient } from 'pg';
import { to as copyTo } from 'pg-copy-streams';

/** A ballot as it is exported. */
export interface BallotRow {
  readonly id: string;
  readonly castOn: string;
  /** ISO 8601, to the minute, UTC. */
  readonly castAt: string;
  readonly region: string;
  readonly station: string;
  readonly channel: string;
  readonly lines: readonly number[];
}

/**
 * The ballots of a partition, ordered by id: ids are random, so the order says nothing, and it is always the
 * same. PostgreSQL sorts, and waits while a piece is worked on.
 */
export async function* readRows(
  client: PoolClient,
  partition: string,
  electionNo: number,
): AsyncGenerator<BallotRow[]> {
  const source = client.query(
    copyTo(`copy (select id, cast_on, to_char(cast_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'), region, station,
        channel, array_to_string(lines, ',') from ${partition} where election_no = ${Math.trunc(electionNo)} order by id)
      to stdout`),
  );
  const nameOf = createNames();
  let rest = '';
  for await (const piece of source.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    if (lines.length > 0) yield lines.map((line) => toRow(line, nameOf));
  }
}

/**
 * One string a name. What is cut out of a piece keeps the whole piece in memory, as V8 has it, and a Parquet file's
 * writer keeps the least and greatest name of each of its groups to the end.
 */
function createNames(): (text: string) => string {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined) return known;
    const own = Buffer.from(text).toString();
    names.set(own, own);
    return own;
  };
}

function toRow(line: string, nameOf: (text: string) => string): BallotRow {
  const [id = '', castOn = '', castAt = '', region = '', station = '', channel = '', marked = ''] =
    line.split('\t');
  return {
    id,
    castOn,
    castAt,
    region: nameOf(region),
    station: nameOf(station),
    channel,
    lines: marked.split(',').map(Number),
  };
}
