import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import * as z from 'zod';
import type { Election } from '../core/election.ts';
import { UnavailableError } from '../core/errors.ts';
import type { Clock, ReceiptSigner } from '../core/ports.ts';
import { receiptMessage } from '../core/receipt.ts';

/** The secret: private keys of all elections and of those being rotated, PKCS 8 in PEM. */
const receiptKeysSchema = z.strictObject({
  schema: z.literal('ballotstream/receipt-keys/1'),
  privateKeys: z.array(z.string().max(500)).min(1).max(64),
});

/** Between two looks for a key that is not there. */
const pauseMs = 2_000;

/**
 * Signs receipts with Ed25519: 36 µs each in the calling thread, deterministic (RFC 8032), and with the first of the
 * definition's receipt keys alone, so that every instance gives the same receipt for the same request. One that lacks that key reads
 * the secret again, and takes no vote while it is not there: signing with another one meanwhile would give a second receipt,
 * and there is nothing to bridge, since the office publishes a key only once its private half lies in the secret.
 *
 * @param load the secret's text; asked when a key is needed that is not in memory
 */
export function createReceiptSigner(load: () => Promise<string>, clock: Clock): ReceiptSigner {
  let keys: ReadonlyMap<string, KeyObject> = new Map();
  let loading: Promise<void> | undefined;
  let askedAtMs = Number.NEGATIVE_INFINITY;

  /** What a key was published for stays signed with it, also where the secret has lost it meanwhile. */
  function find({ definition }: Election): { readonly keyId: string; readonly key: KeyObject } | null {
    const keyId = definition.receiptKeys?.[0]?.keyId;
    const key = keyId === undefined ? undefined : keys.get(keyId);
    return keyId === undefined || key === undefined ? null : { keyId, key };
  }

  /** Once at a time, and not again at once: every vote would ask where a key is missing. */
  async function loadOnce(): Promise<void> {
    if (loading === undefined && clock() - askedAtMs < pauseMs) return;
    askedAtMs = clock();
    loading ??= load()
      .then((text) => {
        keys = new Map([...keys, ...parseKeys(text)]);
      })
      .finally(() => {
        loading = undefined;
      });
    await loading;
  }

  return {
    async ready(election) {
      const isSigned = (election.definition.receiptKeys ?? []).length > 0;
      if (!isSigned || find(election) !== null) return;
      // The key may be younger than what was read.
      await loadOnce();
      if (find(election) === null) {
        throw new UnavailableError('the private half of the definition’s first receipt key is not at hand');
      }
    },

    sign(election, receiptId, commitment) {
      const found = find(election);
      if (found === null) return null;
      const message = receiptMessage(election.definition.election, receiptId, commitment);
      return { keyId: found.keyId, signature: sign(null, message, found.key).toString('base64url') };
    },
  };
}

function parseKeys(text: string): ReadonlyMap<string, KeyObject> {
  try {
    const { privateKeys } = receiptKeysSchema.parse(JSON.parse(text));
    return new Map(privateKeys.map((pem) => createPrivateKey(pem)).map((key) => [keyIdOf(key), key]));
  } catch {
    // Without the cause: a parser's message may quote what it read.
    throw new UnavailableError('the secret of the receipt keys is not what it should be');
  }
}

/** As `passKeyId` has it: the first 16 bytes of SHA-256 over the public half's SPKI. */
function keyIdOf(privateKey: KeyObject): string {
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest().subarray(0, 16).toString('base64url');
}
