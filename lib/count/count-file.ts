import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import { type BallotCount, type Cell, createBallotCount, digestOf } from './ballot-count.ts';
import { CountError } from './count-error.ts';
import type { Difference } from './difference.ts';

/** What was counted outside of the database, up to a position in its log. */
export interface CountState {
  readonly count: BallotCount;
  /** Of the database cluster: PostgreSQL's system identifier. */
  readonly systemId: string;
  readonly timeline: number;
  /** Everything committed before it is in the count, nothing after. */
  readonly position: bigint;
  /** Changes of ballots that nobody may make, as the stream showed them. */
  readonly alarms: readonly Difference[];
  /** What the stream's publication was when it was last looked at: see `readPublication`. Null: never. */
  readonly publication: string | null;
  /** Days whose table was dropped when it began: it has none of their ballots, whatever happens to them since. */
  readonly missing: readonly MissingDay[];
}

export interface MissingDay {
  readonly electionNo: number;
  /** `2026-11-03` */
  readonly day: string;
}

const kind = 'ballotstream-count';
const alarmsKeptMax = 1_000;

const fileSchema = z.object({
  kind: z.literal(kind),
  version: z.literal(1),
  systemId: z.string(),
  timeline: z.int(),
  position: z.string().regex(/^[0-9A-F]+\/[0-9A-F]+$/),
  ballots: z.int(),
  key: z.base64(),
  alarms: z.array(z.object({ text: z.string(), partitions: z.array(z.string()) })),
  publication: z.string().nullable().default(null),
  missing: z.array(z.object({ electionNo: z.int(), day: z.string() })).default([]),
  /** Day, election, region, station, ballots, digest, and lines with their votes in turn. */
  cells: z.array(
    z.tuple([
      z.string(),
      z.int(),
      z.string(),
      z.string(),
      z.int(),
      z.string().regex(/^[0-9a-f]{16}$/),
      z.array(z.int()),
    ]),
  ),
});

/**
 * Replaces the file whole: after a kill at any moment it is the old one or the new one. On disk when this
 * returns, so that what it holds may be acknowledged. Mode 600: the key in it is secret.
 */
export function writeCountFile(file: string, state: CountState): void {
  renameOnDisk(writeBeside(file, state), file);
}

/**
 * The same, under a name that nothing has yet: what is there may be all that shows what somebody did.
 * @throws CountError `evidence-exists`
 */
export function createCountFile(file: string, state: CountState): void {
  const temporary = writeBeside(file, state);
  try {
    // Takes the name, so that what the renaming replaces is this empty file and no other.
    closeSync(openSync(file, 'wx', 0o600));
  } catch (cause) {
    rmSync(temporary);
    throw existsSync(file) ? evidenceExists(file, cause) : cause;
  }
  renameOnDisk(temporary, file);
}

/** @throws CountError `evidence-exists`, before anybody works for a file that cannot be written */
export function refuseExisting(file: string): void {
  if (existsSync(file)) throw evidenceExists(file);
}

const evidenceExists = (file: string, cause?: unknown): CountError =>
  new CountError(
    'evidence-exists',
    `${file} is there already, and evidence is never replaced: choose another name, or move it away (to compare with it: recount --against ${file})`,
    { cause },
  );

/** @returns the name of the temporary file, which is on disk */
function writeBeside(file: string, state: CountState): string {
  const { count, systemId, timeline, position, alarms, publication, missing } = state;
  const content = JSON.stringify({
    kind,
    version: 1,
    systemId,
    timeline,
    position: formatPosition(position),
    ballots: count.ballots(),
    key: count.key.toString('base64'),
    alarms: alarms.slice(0, alarmsKeptMax).map(({ text, partitions }) => ({ text, partitions })),
    publication,
    missing: missing.map(({ electionNo, day }) => ({ electionNo, day })),
    cells: [...count.cells.values()].map(toTuple),
  });
  const temporary = `${file}.${process.pid}.tmp`;
  const handle = openSync(temporary, 'w', 0o600);
  writeFileSync(handle, content);
  fsyncSync(handle);
  closeSync(handle);
  return temporary;
}

function renameOnDisk(temporary: string, file: string): void {
  renameSync(temporary, file);
  const directory = openSync(dirname(file), 'r');
  fsyncSync(directory);
  closeSync(directory);
}

function toTuple(cell: Cell): z.infer<typeof fileSchema>['cells'][number] {
  const votes = [...cell.votes].sort(([a], [b]) => a - b).flat();
  return [cell.castOn, cell.electionNo, cell.region, cell.station, cell.ballots, digestOf(cell), votes];
}

/** Null: there is no such file. @throws CountError `evidence-unreadable` */
export function readCountFile(file: string): CountState | null {
  if (!existsSync(file)) return null;
  try {
    const parsed = fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    const cells = new Map(parsed.cells.map((tuple) => [tuple.slice(0, 4).join('|'), fromTuple(tuple)]));
    return {
      count: createBallotCount(Buffer.from(parsed.key, 'base64'), cells),
      systemId: parsed.systemId,
      timeline: parsed.timeline,
      position: parsePosition(parsed.position),
      alarms: parsed.alarms.map((alarm) => ({ kind: 'forbidden-change', ...alarm })),
      publication: parsed.publication,
      missing: parsed.missing,
    };
  } catch (cause) {
    // Not the parser's message, which may quote the key.
    const reason = cause instanceof z.ZodError ? 'it is not a count of this version' : 'it cannot be read';
    throw new CountError('evidence-unreadable', `${file}: ${reason}`, { cause });
  }
}

function fromTuple([castOn, electionNo, region, station, ballots, digest, votes]: z.infer<
  typeof fileSchema
>['cells'][number]): Cell {
  const lines = new Map<number, number>();
  for (let at = 0; at + 1 < votes.length; at += 2) lines.set(votes[at] ?? 0, votes[at + 1] ?? 0);
  return {
    castOn,
    electionNo,
    region,
    station,
    ballots,
    digestHigh: Number.parseInt(digest.slice(0, 8), 16),
    digestLow: Number.parseInt(digest.slice(8), 16),
    votes: lines,
  };
}

/** A position in the log, as PostgreSQL writes it: `16/B374D848`. */
export function parsePosition(text: string): bigint {
  const [high = '', low = ''] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

export function formatPosition(position: bigint): string {
  const part = (value: bigint) => value.toString(16).toUpperCase();
  return `${part(position >> 32n)}/${part(position & 0xffff_ffffn)}`;
}
