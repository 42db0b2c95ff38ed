import { join } from 'node:path';
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import type { ExportBallot, ExportSource } from './export-source.ts';
import { type WrittenFile, writeWhole } from './file-sink.ts';

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
  const file = await writeWhole(join(directory, 'ballots.parquet'), async (write) => {
    const writer = new ByteWriter();
    const parquet = new ParquetWriter({ writer, schema, createdBy: 'ballotstream' });
    const flush = async () => {
      await write(writer.getBytes());
      writer.index = 0;
    };
    let rows = 0;
    let group = createGroup();
    const writeGroup = async () => {
      if (group.rows() === 0) return;
      await parquet.write({ columnData: group.columns, rowGroupSize: rowGroupRows });
      rows += group.rows();
      group = createGroup();
      await flush();
    };
    for await (const ballots of source.ballots()) {
      for (const ballot of ballots) {
        group.add(ballot);
        if (group.rows() === rowGroupRows) await writeGroup();
      }
    }
    await writeGroup();
    await parquet.finish();
    await flush();
    return rows;
  });
  return [file];
}

/** Ballots by column, as they are written: what else a ballot has need not be kept until its group is whole. */
function createGroup() {
  const [ids, castOn, castAt] = [[] as string[], [] as number[], [] as Date[]];
  const [regions, stations, channels, styles] = [[], [], [], []] as [string[], string[], string[], string[]];
  const selections: string[][] = [];
  return {
    columns: [
      // Each is another one, at random: a dictionary of them would be of no use, nor would the least and the greatest.
      { name: 'ballot_id', data: ids, encoding: 'PLAIN' as const, statistics: false },
      { name: 'cast_on', data: castOn },
      { name: 'cast_at', data: castAt },
      { name: 'region', data: regions },
      { name: 'station', data: stations },
      { name: 'channel', data: channels },
      { name: 'ballot_style', data: styles },
      { name: 'selections', data: selections },
    ],
    rows: () => ids.length,
    add(ballot: ExportBallot) {
      ids.push(ballot.id);
      castOn.push(Date.parse(ballot.castOn) / dayMs);
      castAt.push(new Date(ballot.castAt));
      regions.push(ballot.region);
      stations.push(ballot.station);
      channels.push(ballot.channel);
      styles.push(ballot.ballotStyle);
      selections.push(ballot.selections.map(({ text: mark }) => mark));
    },
  };
}
