import type { Definition } from '../../../schema/wire/definition.ts';
import type { VoteRequest } from '../../../schema/wire/vote.ts';
import { type Bytes, randomBytes, toBytes } from '../crypto/bytes.ts';
import { settled, transact, updateKey } from '../store/device-store.ts';
import type { KioskIdentity } from './kiosk-identity.ts';

/** Where a kiosk stands; with it, it needs no network to take votes. */
export interface Pairing {
  readonly definition: Definition;
  readonly region: string;
  readonly station: string;
  /** Signed by the election office; null where the election asks for none. */
  readonly credential: string | null;
}

/** A vote at rest: AES-GCM under a key that no script can read, its ballot id authenticated with it. */
interface Box {
  readonly ballotId: string;
  readonly nonce: Bytes;
  readonly bytes: ArrayBuffer;
}

/** A vote that the service has refused for good: kept, and never sent again by itself. */
interface RefusedBox extends Box {
  readonly code: string;
}

export interface Counts {
  readonly waiting: number;
  readonly sent: number;
  readonly refused: number;
}

/** The next of those that wait. */
export interface Waiting {
  readonly votes: readonly VoteRequest[];
  /** How many there are that cannot be opened: they stay, and are counted as waiting. */
  readonly unreadable: number;
  /** The last one looked at; null: there was none. */
  readonly last: string | null;
}

/** All votes that are still here, at one moment. */
export interface Kept {
  /** Waiting and refused together, in the order of ballot ids. */
  readonly votes: readonly VoteRequest[];
  /** Ballot id → code, of those among them that the service has refused for good. */
  readonly refused: ReadonlyMap<string, string>;
  /** How many there are beside them that cannot be opened. */
  readonly unreadable: number;
}

/** Who the kiosk is, and who it will be once it is set up anew. */
export type IdentityName = 'identity' | 'next-identity';

/** Everything of a kiosk that outlives its page, and the plug. What cannot be kept rejects, and has not happened. */
export interface KioskStore {
  /** The one that is kept, or else the one that is made now: it is on the disk before anybody is shown its code. */
  identity(name: IdentityName, make: () => Promise<KioskIdentity>): Promise<KioskIdentity>;
  readPairing(): Promise<Pairing | undefined>;
  /** Identity and pairing at once: until then the kiosk is what it was. */
  setUp(identity: KioskIdentity, pairing: Pairing): Promise<void>;
  /**
   * Takes a newer version of the definition of the election that the kiosk is set up for; any other is left alone.
   * @returns the pairing as it is now
   */
  keepDefinition(definition: Definition): Promise<Pairing | undefined>;
  /**
   * Keeps a vote until the service has acknowledged it. On return it is on the disk: only then may the voter be told.
   * `used`: this pass has voted here already, and nothing was kept.
   */
  keepVote(voterKey: string, vote: VoteRequest): Promise<'kept' | 'used'>;
  isUsed(voterKey: string): Promise<boolean>;
  /**
   * In the order of ballot ids, which are random: not in the order of voting.
   * @param after the ballot id to go on after; null: from the beginning
   */
  readWaiting(after: string | null, votesMax: number): Promise<Waiting>;
  /** Whatever of votes has not been acknowledged, waiting or refused: read in one transaction, so that none is missed on its way. */
  readAll(): Promise<Kept>;
  /** In one transaction: what is acknowledged goes, what is refused is put aside, whatever is neither stays. */
  settle(acknowledged: readonly string[], refused: ReadonlyMap<string, string>): Promise<void>;
  counts(): Promise<Counts>;
  readRefusals(): Promise<readonly string[]>;
}

const databaseName = 'ballotstream-kiosk';
const nonceBytes = 12;

/** @throws DOMException where the browser keeps nothing */
export async function openKioskStore(): Promise<KioskStore> {
  const opening = indexedDB.open(databaseName, 1);
  opening.onupgradeneeded = () => {
    const database = opening.result;
    database.createObjectStore('settings');
    database.createObjectStore('used');
    for (const name of ['waiting', 'refused']) database.createObjectStore(name, { keyPath: 'ballotId' });
  };
  const database = await settled(opening);
  const read = <Value>(name: string, key: string): Promise<Value | undefined> =>
    settled(database.transaction(name).objectStore(name).get(key) as IDBRequest<Value | undefined>);
  return {
    async identity(name, make) {
      const kept = await read<KioskIdentity>('settings', name);
      if (kept !== undefined) return kept;
      const made = await make();
      const first = await updateSetting<KioskIdentity>(database, name, (other) => other ?? made);
      return first ?? made;
    },
    readPairing: () => read('settings', 'pairing'),
    setUp: (identity, pairing) =>
      transact(database, ['settings'], async (transaction) => {
        const settings = transaction.objectStore('settings');
        settings.put(identity, 'identity');
        settings.put(pairing, 'pairing');
        settings.delete('next-identity');
      }),
    keepDefinition: (definition) =>
      updateSetting<Pairing>(database, 'pairing', (kept) =>
        kept !== undefined && isNewer(definition, kept.definition) ? { ...kept, definition } : kept,
      ),
    async keepVote(voterKey, vote) {
      const box = await close(await boxKeyOf(read), vote);
      return transact(database, ['waiting', 'used'], async (transaction) => {
        const used = transaction.objectStore('used');
        if ((await settled(used.getKey(voterKey))) !== undefined) return 'used';
        used.put(1, voterKey);
        transaction.objectStore('waiting').add(box);
        return 'kept';
      });
    },
    isUsed: async (voterKey) => (await read('used', voterKey)) !== undefined,
    async readWaiting(after, votesMax) {
      const range = after === null ? null : IDBKeyRange.lowerBound(after, true);
      const waiting = database.transaction('waiting').objectStore('waiting');
      const boxes = await settled(waiting.getAll(range, votesMax) as IDBRequest<Box[]>);
      const votes = await openAll(await boxKeyOf(read), boxes);
      return { votes, unreadable: boxes.length - votes.length, last: boxes.at(-1)?.ballotId ?? null };
    },
    readAll: async () => readKept(database, await boxKeyOf(read)),
    settle: (acknowledged, refused) => settleBoxes(database, acknowledged, refused),
    async counts() {
      const transaction = database.transaction(['waiting', 'refused', 'settings']);
      const [waiting, refused, sent] = await Promise.all([
        settled(transaction.objectStore('waiting').count()),
        settled(transaction.objectStore('refused').count()),
        settled(transaction.objectStore('settings').get('sent') as IDBRequest<number | undefined>),
      ]);
      return { waiting, refused, sent: sent ?? 0 };
    },
    async readRefusals() {
      const refused = database.transaction('refused').objectStore('refused');
      const boxes = await settled(refused.getAll() as IDBRequest<RefusedBox[]>);
      return boxes.map(({ code }) => code);
    },
  };
}

const isNewer = (next: Definition, kept: Definition): boolean =>
  next.election === kept.election && next.version > kept.version;

const updateSetting = <Value>(
  database: IDBDatabase,
  key: string,
  change: (kept: Value | undefined) => Value | undefined,
): Promise<Value | undefined> =>
  transact(database, ['settings'], (transaction) =>
    updateKey(transaction.objectStore('settings'), key, change),
  );

/** What votes are encrypted with: made with the kiosk's first identity, and handed on from each to the next. */
async function boxKeyOf(
  read: (name: string, key: string) => Promise<KioskIdentity | undefined>,
): Promise<CryptoKey> {
  const identity = await read('settings', 'identity');
  if (identity === undefined) throw new Error('the kiosk has no identity yet');
  return identity.boxKey;
}

async function readKept(database: IDBDatabase, boxKey: CryptoKey): Promise<Kept> {
  const transaction = database.transaction(['waiting', 'refused']);
  const [waiting, aside] = await Promise.all([
    settled(transaction.objectStore('waiting').getAll() as IDBRequest<Box[]>),
    settled(transaction.objectStore('refused').getAll() as IDBRequest<RefusedBox[]>),
  ]);
  const boxes = [...waiting, ...aside].sort((one, other) => (one.ballotId < other.ballotId ? -1 : 1));
  const votes = await openAll(boxKey, boxes);
  const opened = new Set<string>(votes.map(({ ballotId }) => ballotId));
  const refused = aside.filter(({ ballotId }) => opened.has(ballotId));
  return {
    votes,
    refused: new Map(refused.map(({ ballotId, code }) => [ballotId, code])),
    unreadable: boxes.length - votes.length,
  };
}

function settleBoxes(
  database: IDBDatabase,
  acknowledged: readonly string[],
  refused: ReadonlyMap<string, string>,
): Promise<void> {
  return transact(database, ['waiting', 'refused', 'settings'], async (transaction) => {
    const waiting = transaction.objectStore('waiting');
    let left = 0;
    for (const ballotId of acknowledged) {
      // Another tab may have been told first.
      if ((await settled(waiting.getKey(ballotId))) === undefined) continue;
      waiting.delete(ballotId);
      left += 1;
    }
    await updateKey<number>(transaction.objectStore('settings'), 'sent', (sent = 0) => sent + left);
    for (const [ballotId, code] of refused) {
      const box = (await settled(waiting.get(ballotId))) as Box | undefined;
      if (box === undefined) continue;
      transaction.objectStore('refused').put({ ...box, code } satisfies RefusedBox);
      waiting.delete(ballotId);
    }
  });
}

async function close(key: CryptoKey, vote: VoteRequest): Promise<Box> {
  const { ballotId } = vote;
  const nonce = randomBytes(nonceBytes);
  const parameters = { name: 'AES-GCM', iv: nonce, additionalData: toBytes(ballotId) };
  const bytes = await crypto.subtle.encrypt(parameters, key, toBytes(JSON.stringify(vote)));
  return { ballotId, nonce, bytes };
}

async function open(key: CryptoKey, { ballotId, nonce, bytes }: Box): Promise<VoteRequest> {
  const parameters = { name: 'AES-GCM', iv: nonce, additionalData: toBytes(ballotId) };
  return JSON.parse(
    new TextDecoder().decode(await crypto.subtle.decrypt(parameters, key, bytes)),
  ) as VoteRequest;
}

/** Those that can be opened, in the same order. */
async function openAll(key: CryptoKey, boxes: readonly Box[]): Promise<VoteRequest[]> {
  const opened = await Promise.all(boxes.map((box) => open(key, box).catch(() => null)));
  return opened.filter((vote) => vote !== null);
}
