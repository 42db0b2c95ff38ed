import { join } from 'node:path';
import type { ExportSource } from './export-source.ts';
import { type WrittenFile, writeWhole } from './file-sink.ts';

const header = 'ballot_id,cast_on,cast_at,region,station,channel,ballot_style,selections\n';

/** One line a ballot; selections as `contest=choice`, separated by `;`. Nothing of it needs quoting: ids of the wire schema. */
export async function writeCsv(source: ExportSource, directory: string): Promise<WrittenFile[]> {
  const file = await writeWhole(join(directory, 'ballots.csv'), async (write) => {
    let rows = 0;
    await write(header);
    for await (const ballots of source.ballots()) {
      await write(
        ballots
          .map(
            (ballot) =>
              `${ballot.id},${ballot.castOn},${ballot.castAt},${ballot.region},${ballot.station},${ballot.channel},${ballot.ballotStyle},${ballot.selections.map(({ text }) => text).join(';')}\n`,
          )
          .join(''),
      );
      rows += ballots.length;
    }
    return rows;
  });
  return [file];
}
