import type { Definition } from '../../../schema/wire/definition.ts';
import type { VoteRequest } from '../../../schema/wire/vote.ts';
import { type Bytes, randomBytes, toBytes } from '../crypto/bytes.ts';
import { completed, settled } from '../store/device-store.ts';
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

/** Everything of a kiosk that outlives its page, and the plug. */
export interface KioskStore {
  readIdentity(): Promise<KioskIdentity | undefined>;
  keepIdentity(identity: KioskIdentity): Promise<void>;
  readPairing(): Promise<Pairing | undefined>;
  keepPairing(pairing: Pairing | null): Promise<void>;
  /**
   * Keeps a vote until the service has acknowledged it. On return it is on the disk: only then may the voter be told.
   * `used`: this pass has voted here already, and nothing was kept.
   */
  keepVote(voterKey: string, vote: VoteRequest): Promise<'kept' | 'used'>;
  isUsed(voterKey: string): Promise<boolean>;
  /** In the order of ballot ids, which are random: not in the order of voting. */
  readWaiting(votesMax: number): Promise<readonly VoteRequest[]>;
  /** In one transaction: what is acknowledged goes, what is refused is put aside, whatever is neither stays. */
  settle(acknowledged: readonly string[], refused: ReadonlyMap<string, string>): Promise<void>;
  counts(): Promise<Counts>;
  readRefusals(): Promise<readonly string[]>;
}

const databaseName = 'ballotstream-kiosk';
const nonceBytes = 12;
const strict = { durability: 'strict' } as const;

/** @param boxKey what votes are encrypted with; not asked for before there is an identity */
export async function openKioskStore(boxKey: () => CryptoKey): Promise<KioskStore> {
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
  const keepSetting = async (key: string, value: unknown) => {
    const transaction = database.transaction('settings', 'readwrite', strict);
    const done = completed(transaction);
    if (value === null) transaction.objectStore('settings').delete(key);
    else transaction.objectStore('settings').put(value, key);
    await done;
  };
  return {
    readIdentity: () => read('settings', 'identity'),
    keepIdentity: (identity) => keepSetting('identity', identity),
    readPairing: () => read('settings', 'pairing'),
    keepPairing: (pairing) => keepSetting('pairing', pairing),
    async keepVote(voterKey, vote) {
      const box = await close(boxKey(), vote);
      const transaction = database.transaction(['waiting', 'used'], 'readwrite', strict);
      const done = completed(transaction);
      const used = transaction.objectStore('used');
      const isTaken = (await settled(used.getKey(voterKey))) !== undefined;
      if (!isTaken) {
        used.put(1, voterKey);
        transaction.objectStore('waiting').add(box);
      }
      await done;
      return isTaken ? 'used' : 'kept';
    },
    isUsed: async (voterKey) => (await read('used', voterKey)) !== undefined,
    async readWaiting(votesMax) {
      const waiting = database.transaction('waiting').objectStore('waiting');
      const boxes = await settled(waiting.getAll(null, votesMax) as IDBRequest<Box[]>);
      // One that cannot be opened stays and is counted; it must not keep the others here.
      const votes = await Promise.all(boxes.map((box) => open(boxKey(), box).catch(() => null)));
      return votes.filter((vote) => vote !== null);
    },
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

async function settleBoxes(
  database: IDBDatabase,
  acknowledged: readonly string[],
  refused: ReadonlyMap<string, string>,
): Promise<void> {
  const transaction = database.transaction(['waiting', 'refused', 'settings'], 'readwrite', strict);
  const done = completed(transaction);
  const [waiting, aside, settings] = ['waiting', 'refused', 'settings'].map((name) =>
    transaction.objectStore(name),
  ) as [IDBObjectStore, IDBObjectStore, IDBObjectStore];
  let sent = ((await settled(settings.get('sent'))) as number | undefined) ?? 0;
  for (const ballotId of acknowledged) {
    // Another tab may have been told first.
    if ((await settled(waiting.getKey(ballotId))) === undefined) continue;
    waiting.delete(ballotId);
    sent += 1;
  }
  settings.put(sent, 'sent');
  for (const [ballotId, code] of refused) {
    const box = (await settled(waiting.get(ballotId))) as Box | undefined;
    if (box === undefined) continue;
    aside.put({ ...box, code } satisfies RefusedBox);
    waiting.delete(ballotId);
  }
  await done;
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
