import { createHash } from 'node:crypto';
import * as z from 'zod';
import { electionIdSchema } from '../../schema/wire/ids.ts';
import { AdminError } from './admin-error.ts';
import { type OfficeObjects, parseJson } from './objects.ts';

/** What the office did. Details hold public things only: ids, counts, hashes. */
export const actions = [
  'keys.made',
  'keys.withdrawn',
  'receipt-key.made',
  'election.published',
  'kiosk.registered',
  'kiosks.registered',
  'kiosks.revoked',
  'kiosk-file.delivered',
  'roll.imported',
  'ballots.sealed',
  'ballots.archived',
  'ballots.dropped',
  'ballots.restored',
  'quarantine.decided',
] as const;
export type Action = (typeof actions)[number];

const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);

/** One entry: an object of its own, `audit/<number>.json`, that nobody writes twice. */
export const auditEventSchema = z.strictObject({
  schema: z.literal('ballotstream/audit-event/1'),
  sequence: z.int().min(1).max(99_999_999),
  at: z.iso.datetime(),
  actor: z.string().min(1).max(200),
  action: z.enum(actions),
  election: electionIdSchema.nullable(),
  details: z.record(z.string(), z.unknown()),
  /** SHA-256 of the entry before, as it lies in the store: whoever changes one has to change all that follow. */
  previous: hashSchema.nullable(),
});
export type AuditEvent = z.infer<typeof auditEventSchema>;

export type NewEvent = Pick<AuditEvent, 'action' | 'election' | 'details'>;

export interface AuditTrail {
  /** Adds an entry and says what it hashes to. Only then may what it tells take effect. */
  append(event: NewEvent): Promise<{ readonly sequence: number; readonly hash: string }>;
}

export const trailPrefix = 'audit/';
const keyOf = (sequence: number): string => `${trailPrefix}${String(sequence).padStart(8, '0')}.json`;
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Two who append at once take turns: the number is taken by whoever creates the object. */
const attemptsMax = 20;

export interface TrailOptions {
  readonly objects: OfficeObjects;
  /** Who is at work, in words of the office's own. */
  readonly actor: string;
  readonly clock: () => number;
}

export function createTrail({ objects, actor, clock }: TrailOptions): AuditTrail {
  // Nothing before it is looked for again: a list of kiosks is two hundred entries.
  let last: string | undefined;
  return {
    async append({ action, election, details }) {
      for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
        last = (await objects.list(trailPrefix, last)).at(-1) ?? last;
        const before = last === undefined ? null : await objects.read(last);
        const sequence = last === undefined ? 1 : readSequence(last) + 1;
        const event: AuditEvent = auditEventSchema.parse({
          schema: 'ballotstream/audit-event/1',
          sequence,
          at: new Date(clock()).toISOString(),
          actor,
          action,
          election,
          details,
          previous: before === null ? null : hashOf(before.text),
        });
        const text = `${JSON.stringify(event, null, 2)}\n`;
        if (await objects.create(keyOf(sequence), text)) return { sequence, hash: hashOf(text) };
      }
      throw new AdminError('others are writing to the audit trail all the time: try again');
    },
  };
}

function readSequence(key: string): number {
  const sequence = Number(/^audit\/(\d{8})\.json$/.exec(key)?.[1]);
  if (!Number.isSafeInteger(sequence))
    throw new AdminError(`the audit trail holds ${key}, which is no entry of it: nothing was done`);
  return sequence;
}

export interface TrailReading {
  readonly events: readonly { readonly event: AuditEvent; readonly hash: string }[];
  /** Hash of the last entry: whoever keeps it can tell later whether anything before it was changed. */
  readonly head: string | null;
  /** What is wrong with the chain, by entry. Empty: it is whole. */
  readonly faults: readonly string[];
}

/** Reads the whole trail and follows the chain from its first entry. */
export async function readTrail(objects: OfficeObjects): Promise<TrailReading> {
  const events: { event: AuditEvent; hash: string }[] = [];
  const faults: string[] = [];
  let head: string | null = null;
  let expected = 1;
  const keys = await objects.list(trailPrefix);
  const texts = await readAll(objects, keys);
  for (const [index, key] of keys.entries()) {
    const text = texts[index] ?? '';
    const parsed = auditEventSchema.safeParse(parseJson(text));
    const sequence = Number(/(\d+)\.json$/.exec(key)?.[1]);
    if (sequence > expected) faults.push(`entries ${expected} to ${sequence - 1} are missing`);
    expected = sequence + 1;
    if (!parsed.success) faults.push(`entry ${sequence} cannot be read`);
    else {
      if (parsed.data.sequence !== sequence)
        faults.push(`entry ${sequence} says that it is number ${parsed.data.sequence}`);
      if (parsed.data.previous !== head)
        faults.push(`entry ${sequence} does not follow on the one before it`);
      events.push({ event: parsed.data, hash: hashOf(text) });
    }
    head = hashOf(text);
  }
  return { events, head, faults };
}

/** A kiosk is an entry: a hundred thousand of them one after the other would take minutes, and revoking waits for them. */
const readAtOnce = 32;

async function readAll(objects: OfficeObjects, keys: readonly string[]): Promise<string[]> {
  const texts: string[] = [];
  const queue = [...keys.entries()];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      texts[next[0]] = (await objects.read(next[1]))?.text ?? '';
  };
  await Promise.all(Array.from({ length: readAtOnce }, work));
  return texts;
}
