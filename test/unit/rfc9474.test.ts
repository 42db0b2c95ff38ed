import { constants, createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { RSABSSA } from '@cloudflare/blindrsa-ts';
import { describe, expect, it } from 'vitest';
import { createBlindSigner } from '../../functions/adapters/blind-signer.ts';
import { createPassVerifier } from '../../functions/adapters/pass-verifier.ts';
import type { Election } from '../../functions/core/election.ts';
import { passKeyId } from '../../functions/core/pass.ts';
import { northKey, testElection } from '../support/election.ts';
import rfc from '../support/rfc9474-vectors.json' with { type: 'json' };

const bytes = (hex: string): Buffer => Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
const number = (hex: string): bigint => BigInt(`0x${hex}`);

/** The vector's key; its exponents for the Chinese remainder theorem follow from the primes. */
function readKey({ p, q, n, e, d }: (typeof rfc.vectors)[number]): KeyObject {
  const [P, Q, D] = [number(p), number(q), number(d)];
  const encode = (value: bigint, length: number) =>
    bytes(value.toString(16).padStart(length * 2, '0')).toString('base64url');
  const half = bytes(n).length / 2;
  return createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'RSA',
      n: encode(number(n), half * 2),
      e: encode(number(e), 3),
      d: encode(D, half * 2),
      p: encode(P, half),
      q: encode(Q, half),
      dp: encode(D % (P - 1n), half),
      dq: encode(D % (Q - 1n), half),
      qi: encode(invert(Q, P), half),
    },
  });
}

/** By Fermat: `modulus` is prime. */
function invert(value: bigint, modulus: bigint): bigint {
  let [base, exponent, result] = [value % modulus, modulus - 2n, 1n];
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % modulus;
    base = (base * base) % modulus;
  }
  return result;
}

describe.each(rfc.vectors)('the vector $name of RFC 9474', (vector) => {
  const privateKey = readKey(vector);
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const keyId = passKeyId(spki);
  const region = 'north';
  // All that signing and verifying look at of an election.
  const election = {
    definition: { election: 'rfc' },
    passKeys: new Map([[keyId, { region, spki: spki.toString('base64') }]]),
  } as unknown as Election;
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const signer = createBlindSigner(async () => pem);

  it('is what our signer answers to its blinded message', async () => {
    const signature = await signer.sign(election, region as never, keyId, bytes(vector.blinded_msg));
    expect(signature.toString('hex')).toBe(vector.blind_sig);
  });

  it('is not signed when it is no number below the modulus', () => {
    expect(signer.canSign(election, keyId, bytes(vector.blinded_msg))).toBe(true);
    for (const wrong of [bytes(vector.n), Buffer.alloc(512, 255), randomBytes(511), Buffer.alloc(0)])
      expect(signer.canSign(election, keyId, wrong)).toBe(false);
  });

  it('is finalised by the library on the voter’s device', async () => {
    const suites = {
      'RSABSSA-SHA384-PSS-Randomized': RSABSSA.SHA384.PSS.Randomized(),
      'RSABSSA-SHA384-PSSZERO-Randomized': RSABSSA.SHA384.PSSZero.Randomized(),
      'RSABSSA-SHA384-PSS-Deterministic': RSABSSA.SHA384.PSS.Deterministic(),
      'RSABSSA-SHA384-PSSZERO-Deterministic': RSABSSA.SHA384.PSSZero.Deterministic(),
    };
    const suite = suites[vector.name as keyof typeof suites];
    const algorithm = { name: 'RSA-PSS', hash: 'SHA-384' };
    const publicKey = await crypto.subtle.importKey('spki', spki, algorithm, true, ['verify']);
    const given = [bytes(vector.input_msg), bytes(vector.blind_sig), bytes(vector.inv)] as const;
    const signature = await suite.finalize(publicKey, ...given);
    expect(Buffer.from(signature).toString('hex')).toBe(vector.sig);
  });
});

describe('the edge', () => {
  const verifier = createPassVerifier();
  const message = randomBytes(64);
  const signPss = (saltLength: number, hash = 'sha384') =>
    sign(hash, message, {
      key: northKey.privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength,
    });

  it.each([
    ['SHA-384 and a salt of 48 bytes', () => signPss(48), true],
    ['no salt', () => signPss(0), false],
    ['a shorter salt', () => signPss(32), false],
    ['a salt a byte too short', () => signPss(47), false],
    ['a salt a byte too long', () => signPss(49), false],
    ['the longest salt', () => signPss(206), false],
    ['SHA-256', () => signPss(48, 'sha256'), false],
    ['the older padding', () => sign('sha384', message, northKey.privateKey), false],
  ])('takes a signature with %s for a pass: see the last column', (_, make, isPass) => {
    const pass = { keyId: northKey.keyId, message, signature: make() };
    expect(verifier.verify(testElection(), pass)).toBe(isPass);
  });

  it('takes no key that is not of 2048 bits', () => {
    for (const vector of rfc.vectors) {
      const spki = createPublicKey(readKey(vector)).export({ type: 'spki', format: 'der' });
      const keyId = passKeyId(spki);
      const passKeys = new Map([[keyId, { region: 'north', spki: spki.toString('base64') }]]);
      const election = { definition: { election: 'rfc' }, passKeys } as unknown as Election;
      const pass = { keyId, message: bytes(vector.input_msg), signature: bytes(vector.sig) };
      expect(verifier.verify(election, pass)).toBe(false);
    }
  });
});
