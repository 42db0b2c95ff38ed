import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { compactDecrypt, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { passKeyId } from '../../../functions/core/pass.ts';
import { toBytes } from '../../../functions/web/crypto/bytes.ts';
import { sealJson, toLongBase64url } from '../../../functions/web/crypto/seal.ts';

const makeOffice = () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return { keyId: passKeyId(der), spki: der.toString('base64'), privateKey };
};
const office = makeOffice();
const json = JSON.stringify({ name: 'Jürgen', votes: [1, 2, 3] });

describe('what is sealed to the election office', () => {
  it('is opened with its key, by a library that is not ours, and names that key', async () => {
    const sealed = await sealJson(office, toBytes(json));
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, office.privateKey);
    expect(new TextDecoder().decode(plaintext)).toBe(json);
    expect(protectedHeader).toEqual({
      alg: 'RSA-OAEP-256',
      enc: 'A256GCM',
      kid: office.keyId,
      cty: 'json',
    });
  });

  it('may be five megabytes', async () => {
    const text = JSON.stringify(randomBytes(2_500_000).toString('hex'));
    const sealed = await sealJson(office, toBytes(text));
    const { plaintext } = await compactDecrypt(sealed, office.privateKey);
    expect(Buffer.from(plaintext).equals(Buffer.from(text))).toBe(true);
  });

  it('is opened with no other key', async () => {
    const sealed = await sealJson(office, toBytes(json));
    await expect(compactDecrypt(sealed, makeOffice().privateKey)).rejects.toThrow();
  });

  it('is opened no more once its header or any other part has been changed', async () => {
    const parts = (await sealJson(office, toBytes(json))).split('.');
    const header = { ...decodeProtectedHeader(parts.join('.')), cty: 'text' };
    const renamed = Buffer.from(JSON.stringify(header)).toString('base64url');
    await expect(compactDecrypt([renamed, ...parts.slice(1)].join('.'), office.privateKey)).rejects.toThrow();
    for (const at of [1, 2, 3, 4]) {
      const bytes = Buffer.from(parts[at] ?? '', 'base64url');
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      const changed = parts.with(at, bytes.toString('base64url')).join('.');
      await expect(compactDecrypt(changed, office.privateKey)).rejects.toThrow();
    }
  });

  it('is never the same text twice: neither key nor nonce is used again', async () => {
    const one = (await sealJson(office, toBytes(json))).split('.');
    const other = (await sealJson(office, toBytes(json))).split('.');
    expect(one[0]).toBe(other[0]);
    for (const at of [1, 2, 3, 4]) expect(one[at]).not.toBe(other[at]);
  });

  it('is not made for a key that is none', async () => {
    const broken = { ...office, spki: 'A'.repeat(564) };
    await expect(sealJson(broken, toBytes(json))).rejects.toThrow();
  });
});

describe('base64url in a browser', () => {
  it('is what Node writes, also of 20 MB', () => {
    const bytes = randomBytes(100_000);
    for (const length of [0, 1, 2, 3, 24_575, 24_576, 24_577, 49_152, 100_000]) {
      const some = bytes.subarray(0, length);
      expect(toLongBase64url(some) === some.toString('base64url')).toBe(true);
    }
    const many = randomBytes(20_000_000);
    expect(toLongBase64url(many) === many.toString('base64url')).toBe(true);
  }, 60_000);
});
