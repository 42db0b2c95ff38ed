import { hash, randomBytes } from 'node:crypto';

/**
 * Ballots of one election, day and station: all of them lie in one partition. Digest: the sum, modulo 2⁶⁴,
 * of the first 8 bytes of SHA-256 over the key and a ballot's text. It depends on no order; whoever does not
 * have the key cannot choose ballots that leave it as it was.
 */
export interface Cell {
  readonly castOn: string;
  readonly electionNo: number;
  readonly region: string;
  readonly station: string;
  ballots: number;
  digestHigh: number;
  digestLow: number;
  readonly votes: Map<number, number>;
}

/** Sums and digests of ballots, by cell. */
export interface BallotCount {
  /** Secret: see `Cell`. */
  readonly key: Buffer;
  readonly cells: ReadonlyMap<string, Cell>;
  ballots(): number;
  /** @param text as `ballotText` and `ballotTextSql` write it; @returns the cell's key */
  add(text: Uint8Array): string;
}

/** A ballot as text, in SQL over a row of `ballot`; ids of the wire schema hold no `|`. */
export const ballotTextSql = `concat_ws('|', cast_on, election_no, region, station, channel,
  (extract(epoch from cast_at) / 60)::bigint, array_to_string(lines, ','), id)`;

export interface BallotColumns {
  readonly castOn: string;
  readonly electionNo: string;
  readonly region: string;
  readonly station: string;
  readonly channel: string;
  /** As PostgreSQL writes a `timestamptz` in UTC or any other zone. */
  readonly castAt: string;
  /** `{1,2}`. */
  readonly lines: string;
  readonly id: string;
}

const minuteMs = 60_000;

/** The same, of columns as PostgreSQL writes them. */
export function ballotText({
  castOn,
  electionNo,
  region,
  station,
  channel,
  castAt,
  lines,
  id,
}: BallotColumns): string {
  const minute = Date.parse(castAt.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')) / minuteMs;
  return `${castOn}|${electionNo}|${region}|${station}|${channel}|${minute}|${lines.slice(1, -1)}|${id}`;
}

const separator = 0x7c;
const comma = 0x2c;
const zero = 0x30;
const keyBytes = 32;
/** Longer than any ballot: a definition has a limit on its contests. */
const textBytesMax = 64 * 1024;
const wordRange = 2 ** 32;

export function createBallotCount(
  key: Buffer = randomBytes(keyBytes),
  cells: Map<string, Cell> = new Map(),
): BallotCount {
  const scratch = Buffer.alloc(keyBytes + textBytesMax);
  key.copy(scratch);

  const cellOf = (cellKey: string): Cell => {
    const known = cells.get(cellKey);
    if (known !== undefined) return known;
    const [castOn = '', electionNo = '', region = '', station = ''] = cellKey.split('|');
    const cell = {
      castOn,
      electionNo: Number(electionNo),
      region,
      station,
      ballots: 0,
      digestHigh: 0,
      digestLow: 0,
      votes: new Map<number, number>(),
    };
    cells.set(cellKey, cell);
    return cell;
  };

  return {
    key,
    cells,
    ballots: () => [...cells.values()].reduce((sum, { ballots }) => sum + ballots, 0),
    add(text) {
      scratch.set(text, keyBytes);
      const end = keyBytes + text.length;
      const cellEnd = skipFields(scratch, keyBytes, 4);
      const cellKey = scratch.toString('latin1', keyBytes, cellEnd - 1);
      const cell = cellOf(cellKey);
      cell.ballots += 1;
      addDigest(cell, hash('sha256', scratch.subarray(0, end), 'buffer'));
      addVotes(cell, scratch, skipFields(scratch, cellEnd, 2));
      return cellKey;
    },
  };
}

/** @returns where the field after `count` more begins */
function skipFields(bytes: Buffer, from: number, count: number): number {
  let at = from;
  for (let field = 0; field < count; field += 1) at = bytes.indexOf(separator, at) + 1;
  return at;
}

function addDigest(cell: Cell, sha256: Buffer): void {
  const low = cell.digestLow + sha256.readUInt32BE(4);
  const carry = low >= wordRange ? 1 : 0;
  cell.digestLow = low - carry * wordRange;
  cell.digestHigh = (cell.digestHigh + sha256.readUInt32BE(0) + carry) % wordRange;
}

/** One vote for every line of `1,2,3|`. */
function addVotes({ votes }: Cell, bytes: Buffer, from: number): void {
  let line = 0;
  for (let at = from; ; at += 1) {
    const byte = bytes[at];
    if (byte === comma || byte === separator) {
      votes.set(line, (votes.get(line) ?? 0) + 1);
      if (byte === separator) return;
      line = 0;
    } else {
      line = line * 10 + (byte ?? zero) - zero;
    }
  }
}

const wordDigits = 8;

/** 16 hexadecimal digits. */
export const digestOf = ({ digestHigh, digestLow }: Cell): string =>
  [digestHigh, digestLow].map((word) => word.toString(16).padStart(wordDigits, '0')).join('');
