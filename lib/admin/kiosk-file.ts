import { createHash } from 'node:crypto';
import { compactDecrypt, importPKCS8 } from 'jose';
import { createKioskVerifier } from '../../functions/adapters/kiosk-verifier.ts';
import { type Election, parseElection } from '../../functions/core/election.ts';
import { parseKioskAuthorization } from '../../functions/core/kiosk.ts';
import type { ElectionId, KioskId, RegionId, StationId } from '../../schema/wire/ids.ts';
import { type KioskFile, kioskFileContentsSchema, kioskFileSchema } from '../../schema/wire/kiosk-file.ts';
import { type VoteRequest, voteRequestSchema } from '../../schema/wire/vote.ts';
import { AdminError } from './admin-error.ts';
import { publicHalf, readPems } from './keys.ts';
import { toSeconds } from './local-time.ts';
import { parseJson } from './objects.ts';
import type { Office } from './office.ts';
import { type PublicKeys, readPublicKeys } from './public-keys.ts';
import { needPublished } from './publish.ts';

/** What a kiosk saved, once it is known whose it is and what is in it. */
export interface OpenedFile {
  readonly election: ElectionId;
  /** Of the file's text, hex: what the trail knows it by. */
  readonly sha256: string;
  readonly kiosk: KioskId;
  readonly region: RegionId;
  readonly station: StationId;
  /** The office's key that signed its credential was withdrawn since. */
  readonly isVoid: boolean;
  /** By the kiosk's clock. */
  readonly savedAt: string;
  readonly votes: readonly VoteRequest[];
  /** Entries that are no votes. */
  readonly unusable: number;
  /** Votes that the service had refused for good, by why. */
  readonly refused: Readonly<Record<string, number>>;
}

/**
 * Opens votes that a kiosk saved because no line carried them. They are in memory only, and in nothing that this says.
 *
 * Whether the kiosk has been revoked since is not looked at.
 * @throws AdminError for what is no such file, was changed, is not from a kiosk that the office registered, or cannot be opened
 */
export async function openKioskFile(office: Office, text: string): Promise<OpenedFile> {
  const file = kioskFileSchema.safeParse(parseJson(text));
  if (!file.success) throw new AdminError('is no file that a kiosk saved');
  const { definition } = await needPublished(office, file.data.election);
  const parsed = parseElection(definition);
  if (!parsed.ok) throw new AdminError(`the definition of ${file.data.election} cannot be read`);
  const keys = await readPublicKeys(office, file.data.election);
  const author = findAuthor(parsed.election, keys, file.data);
  const sealed = await unseal(office, file.data);
  const contents = kioskFileContentsSchema.safeParse(parseJson(sealed));
  const entries = contents.data?.votes ?? [];
  const votes = entries.flatMap((vote) => {
    const one = voteRequestSchema.safeParse(vote);
    return one.success ? [one.data] : [];
  });
  if (!contents.success || votes.length === 0)
    throw new AdminError('has no votes in it, or not in the form that kiosks write');
  return {
    election: file.data.election,
    sha256: createHash('sha256').update(text).digest('hex'),
    ...author,
    votes,
    unusable: entries.length - votes.length,
    refused: countEach(Object.values(contents.data.refused)),
  };
}

/** How often each stands there. */
export function countEach(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

type Author = Pick<OpenedFile, 'kiosk' | 'region' | 'station' | 'isVoid' | 'savedAt'>;

/** Judged as of the moment that the kiosk says it saved it: by now its credential may have ended, or be void. */
function findAuthor(
  current: Election,
  { kioskKeys, withdrawn }: PublicKeys,
  { authorization, sealed }: KioskFile,
): Author {
  const known = kioskKeys.map(({ keyId, spki }) => [keyId, spki] as const);
  const election = { ...current, kioskKeys: new Map([...known, ...current.kioskKeys]) };
  const shown = parseKioskAuthorization(authorization);
  const savedAtMs = (shown?.token.claims.iat ?? 0) * 1000;
  const verifier = createKioskVerifier({ isRevoked: () => false });
  const result = verifier.verify(election, authorization, savedAtMs);
  if (!result.ok)
    throw new AdminError(
      `is not from a kiosk that was registered for ${election.definition.election} when it says that it was saved`,
    );
  const { kiosk, region, station, bodySha256 } = result.identity;
  if (bodySha256 !== createHash('sha256').update(sealed).digest('base64url'))
    throw new AdminError(`was changed after kiosk ${kiosk} had saved it`);
  const isVoid = withdrawn.includes(shown?.credential.keyId ?? '');
  return { kiosk, region, station, isVoid, savedAt: toSeconds(savedAtMs) };
}

async function unseal(office: Office, { election, sealed }: KioskFile): Promise<string> {
  // Those that were withdrawn still open what was sealed to them.
  const pems = readPems((await office.secrets.read(office.names.officeKey(election))) ?? '');
  const keys = new Map(pems.map((pem) => [publicHalf(pem).keyId, pem]));
  if (keys.size === 0)
    throw new AdminError(
      `cannot be opened here: the key of ${election} that opens kiosks’ files is not there`,
    );
  try {
    const find = ({ kid }: { kid?: string }) => importPKCS8(keys.get(kid ?? '') ?? '', 'RSA-OAEP-256');
    const { plaintext } = await compactDecrypt(sealed, find, {
      keyManagementAlgorithms: ['RSA-OAEP-256'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    return Buffer.from(plaintext).toString('utf8');
  } catch (cause) {
    throw new AdminError(`cannot be opened with the keys that are here: ${[...keys.keys()].join(', ')}`, [], {
      cause,
    });
  }
}
