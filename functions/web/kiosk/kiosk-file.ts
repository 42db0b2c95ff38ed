import type { KioskFile, KioskFileContents } from '../../../schema/wire/kiosk-file.ts';
import { kioskFileBytesMax, kioskFileVotesMax } from '../../../schema/wire/limits.ts';
import { toBytes } from '../crypto/bytes.ts';
import { type RecipientKey, sealJson } from '../crypto/seal.ts';
import { authorize, type KioskIdentity } from './kiosk-identity.ts';
import type { Kept, Pairing } from './kiosk-store.ts';
import { takeBatch } from './sort-results.ts';

/** Whose kiosk saves votes, and for whom. */
export interface Sender {
  readonly identity: KioskIdentity;
  readonly pairing: Pairing;
  readonly credential: string;
  readonly officeKey: RecipientKey;
}

/** Why no file was made: it did not work here, or no vote can be opened. */
export type SaveFault = 'not-saved' | 'none-readable';

export interface MadeFile {
  readonly name: string;
  readonly text: string;
  readonly votes: number;
  /** Ballot id of its last vote: the next file goes on after it. */
  readonly last: string;
  /** Votes behind it that did not fit. */
  readonly left: number;
}

/** A ballot id with its code in `refused`, bytes at most. */
const refusalBytesMax = 150;
/** What is sealed grows by a third in base64url. */
const votesBytesMax = Math.floor(kioskFileBytesMax * 0.75) - kioskFileVotesMax * refusalBytesMax;
const idChars = 8;

/** Who can save votes to a file; null: nobody signed for this kiosk, or the office has published no key to seal with. */
export function findSender(identity: KioskIdentity, pairing: Pairing): Sender | null {
  const { credential, definition } = pairing;
  const [officeKey] = definition.officeKeys ?? [];
  return credential === null || officeKey === undefined ? null : { identity, pairing, credential, officeKey };
}

/**
 * Votes as a file that only the election office can open, and that says which kiosk has made it: `KioskFile`. It does
 * not tell in which order they were cast, and its name does not tell when it was made.
 *
 * @param after the ballot id to go on after; null, or nothing behind it any more: from the beginning
 * @param nowMs milliseconds since 1970
 * @returns null where there is no vote
 * @throws DOMException or RangeError where the office's key is none, or the device has not the memory
 */
export async function makeKioskFile(
  { identity, pairing, credential, officeKey }: Sender,
  kept: Pick<Kept, 'votes' | 'refused'>,
  after: string | null,
  nowMs: number,
): Promise<MadeFile | null> {
  const rest = kept.votes.filter(({ ballotId }) => after === null || ballotId > after);
  const behind = rest.length === 0 ? kept.votes : rest;
  const votes = takeBatch(behind.slice(0, kioskFileVotesMax), votesBytesMax);
  const last = votes.at(-1)?.ballotId;
  if (last === undefined) return null;
  const contents: KioskFileContents = { votes: [...votes], refused: {} };
  for (const { ballotId } of votes) {
    const code = kept.refused.get(ballotId);
    if (code !== undefined) contents.refused[ballotId] = code;
  }
  const sealed = await sealJson(officeKey, toBytes(JSON.stringify(contents)));
  const { election } = pairing.definition;
  const authorization = await authorize(identity, credential, election, toBytes(sealed), nowMs);
  const file: KioskFile = { schema: 'ballotstream/kiosk-file/1', election, authorization, sealed };
  const { region, station } = pairing;
  return {
    name: `votes-${region}-${station}-${identity.kioskId.slice(0, idChars)}-${votes.length}.json`,
    text: JSON.stringify(file),
    votes: votes.length,
    last,
    left: behind.length - votes.length,
  };
}
