import { join } from 'node:path';
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import type { ExportBallot, ExportSource } from './export-source.ts';
import { openFileSink, type WrittenFile } from './file-sink.ts';

/** Bounds the memory: a group is encoded as a whole. */
const rowGroupRows = 20_000;
const dayMs = 86_400_000;

const text = (name: string): SchemaElement => ({
  name,
  type: 'BYTE_ARRAY',
  converted_type: 'UTF8',
  repetition_type: 'REQUIRED',
});

const schema: SchemaElement[] = [
  { name: 'ballot', num_children: 8 },
  text('ballot_id'),
  { name: 'cast_on', type: 'INT32', converted_type: 'DATE', repetition_type: 'REQUIRED' },
  { name: 'cast_at', type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', repetition_type: 'REQUIRED' },
  text('region'),
  text('station'),
  text('channel'),
  text('ballot_style'),
  { name: 'selections', converted_type: 'LIST', num_children: 1, repetition_type: 'REQUIRED' },
  { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
  text('element'),
];

/** A row a ballot; selections as a list of `contest=choice`. */
export async function writeParquet(source: ExportSource, directory: string): Promise<WrittenFile[]> {
  const sink = openFileSink(join(directory, 'ballots.parquet'));
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({ writer, schema, createdBy: 'ballotstream' });
  const flush = async () => {
    const bytes = writer.getBytes().slice();
    writer.index = 0;
    await sink.write(bytes);
  };
  let rows = 0;
  let group: ExportBallot[] = [];
  const writeGroup = async () => {
    if (group.length === 0) return;
    await parquet.write({ columnData: toColumns(group), rowGroupSize: rowGroupRows });
    rows += group.length;
    group = [];
    await flush();
  };
  try {
    for await (const ballots of source.ballots()) {
      for (const ballot of ballots) {
        group.push(ballot);
        if (group.length === rowGroupRows) await writeGroup();
      }
    }
    await writeGroup();
    await parquet.finish();
    await flush();
    return [await sink.finish(rows)];
  } catch (error) {
    sink.abandon();
    throw error;
  }
}

function toColumns(ballots: readonly ExportBallot[]) {
  const column = (name: string, data: unknown[]) => ({ name, data });
  return [
    {
      ...column(
        'ballot_id',
        ballots.map(({ id }) => id),
      ),
      encoding: 'PLAIN' as const,
    },
    column(
      'cast_on',
      ballots.map(({ castOn }) => Date.parse(castOn) / dayMs),
    ),
    column(
      'cast_at',
      ballots.map(({ castAt }) => new Date(castAt)),
    ),
    column(
      'region',
      ballots.map(({ region }) => region),
    ),
    column(
      'station',
      ballots.map(({ station }) => station),
    ),
    column(
      'channel',
      ballots.map(({ channel }) => channel),
    ),
    column(
      'ballot_style',
      ballots.map(({ ballotStyle }) => ballotStyle),
    ),
    column(
      'selections',
      ballots.map(({ selections }) => selections.map(({ contest, choice }) => `${contest}=${choice}`)),
    ),
  ];
}
