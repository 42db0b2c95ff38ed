import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { ballotTextSql } from './ballot-count.ts';

const newline = 0x0a;

/**
 * Every ballot of a partition, as text, in no order; `electionNo` narrows it. Memory stays flat: PostgreSQL
 * waits while a piece is worked on.
 * @param onText the bytes are good until it returns
 */
export async function readBallots(
  client: PoolClient,
  partition: string,
  onText: (text: Uint8Array) => void,
  electionNo?: number,
): Promise<void> {
  const where = electionNo === undefined ? '' : ` where election_no = ${Math.trunc(electionNo)}`;
  const source = client.query(copyTo(`copy (select ${ballotTextSql} from ${partition}${where}) to stdout`));
  await pipeline(source, (pieces: AsyncIterable<Buffer>) => splitLines(pieces, onText));
}

async function splitLines(pieces: AsyncIterable<Buffer>, onText: (text: Uint8Array) => void): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let from = 0;
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, from)) {
      onText(bytes.subarray(from, end));
      from = end + 1;
    }
    rest = bytes.subarray(from);
  }
}
