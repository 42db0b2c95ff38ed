import { generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commitToBallot as commitInCore } from '../../../functions/core/commitment.ts';
import {
  deriveVoterKey,
  fingerprintPass,
  parsePass as parseInCore,
  receiptIdOf as receiptIdInCore,
} from '../../../functions/core/pass.ts';
import { receiptMessage } from '../../../functions/core/receipt.ts';
import { fromBase64, toBase64url } from '../../../functions/web/crypto/bytes.ts';
import { commitToBallot } from '../../../functions/web/crypto/commitment.ts';
import { verifyReceipt } from '../../../functions/web/crypto/receipt-signature.ts';
import {
  fingerprintOf,
  formatPass,
  parsePass,
  receiptIdOf,
  verifyPass,
} from '../../../functions/web/crypto/voter-pass.ts';
import { checkAddress, readReceiptLink } from '../../../functions/web/receipts/receipt-link.ts';
import { buildDemoDefinition } from '../../../lib/local/demo.ts';
import { createIssuerKeys, mintPass } from '../../../lib/local/issuer.ts';
import type { BallotId, Commitment, ElectionId, ReceiptId } from '../../../schema/wire/ids.ts';
import type { Receipt } from '../../../schema/wire/receipt.ts';
import type { Selection } from '../../../schema/wire/vote.ts';

const election = 'demo' as ElectionId;
const ballotId = randomUUID() as BallotId;
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe('what a browser computes', () => {
  it('is the commitment that Node computes', async () => {
    const choice = fc.stringMatching(/^[a-z]{1,8}$/);
    const selections = fc.uniqueArray(fc.record({ contest: choice, choices: fc.uniqueArray(choice) }), {
      selector: ({ contest }) => contest,
    });
    await fc.assert(
      fc.asyncProperty(bytes(32), selections, async (salt, marked) => {
        const ballot = marked as unknown as Selection[];
        const inBrowser = await commitToBallot(election, ballotId, ballot, new Uint8Array(salt));
        expect(inBrowser).toBe(commitInCore(election, ballotId, ballot, salt));
      }),
    );
  });

  it('is the receipt’s id and the fingerprint that ingest computes, of the same pass', async () => {
    await fc.assert(
      fc.asyncProperty(bytes(64), bytes(256), async (message, signature) => {
        const text = `${'k'.repeat(21)}A.${toBase64url(message)}.${toBase64url(signature)}`;
        const [pass, inCore] = [parsePass(`  ${text.slice(0, 100)}\n${text.slice(100)} `), parseInCore(text)];
        expect(parsePass(text.replace('A.', 'B.'))).toBeNull();
        if (pass === null || inCore === null) throw new Error('not a pass');
        expect(formatPass(pass)).toBe(text);
        const expected = receiptIdInCore(deriveVoterKey(election, inCore), ballotId);
        expect(await receiptIdOf(election, pass, ballotId)).toBe(expected);
        expect(await fingerprintOf(text)).toBe(fingerprintPass(text));
      }),
    );
  });

  it('finds a pass good for the region whose key signed it, and for none when a bit is different', async () => {
    const keys = await createIssuerKeys(['alder', 'birch', 'cedar']);
    const definition = buildDemoDefinition(Date.now(), keys, []);
    const [, birch] = keys;
    const pass = parsePass(
      mintPass(
        birch ??
          (() => {
            throw new Error('no key');
          })(),
      ),
    );
    if (pass === null) throw new Error('not a pass');
    expect((await verifyPass(definition, pass))?.id).toBe('birch');
    const changed = { ...pass, message: pass.message.map((byte, index) => (index === 40 ? byte ^ 1 : byte)) };
    expect(await verifyPass(definition, changed)).toBeNull();
    expect(await verifyPass(definition, { ...pass, keyId: 'x'.repeat(22) })).toBeNull();
  });
});

describe('a receipt’s signature', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const keyId = 'k'.repeat(22);
  const receiptKeys = [{ keyId, spki: publicKey.export({ type: 'spki', format: 'der' }).toString('base64') }];
  const receiptId = toBase64url(randomBytes(32)) as ReceiptId;
  const commitment = toBase64url(randomBytes(32)) as Commitment;
  const signature = sign(null, receiptMessage(election, receiptId, commitment), privateKey).toString(
    'base64url',
  );
  const receipt = { election: 'demo', receiptId, commitment, keyId, signature };

  it('is valid for what was signed, and for nothing else', async () => {
    expect(await verifyReceipt({ receiptKeys }, receipt)).toBe('valid');
    for (const change of [
      { election: 'demo2' },
      { receiptId: toBase64url(randomBytes(32)) },
      { commitment: '' },
      { signature: toBase64url(randomBytes(64)) },
    ])
      expect(await verifyReceipt({ receiptKeys }, { ...receipt, ...change })).toBe('invalid');
  });

  it('cannot be told where the election has no such key', async () => {
    expect(await verifyReceipt({}, receipt)).toBe('unknown-key');
    expect(await verifyReceipt({ receiptKeys }, { ...receipt, keyId: 'x'.repeat(22) })).toBe('unknown-key');
  });

  it('goes with the link, behind what is sent to a server', () => {
    const address = checkAddress({ ...receipt, ballotId } as unknown as Receipt);
    const [sent] = address.split('#');
    expect(sent).toBe(`/receipts/demo/${receiptId}`);
    expect(readReceiptLink(`https://vote.example.org${address}`)).toEqual({
      election: 'demo',
      receiptId,
      signed: { keyId, signature, commitment },
    });
    const unsigned = checkAddress({ receiptId, election, ballotId });
    expect(readReceiptLink(unsigned)).toEqual({ election: 'demo', receiptId, signed: null });
  });

  it('is no other receipt where a link was cut short', () => {
    const whole = `https://vote.example.org${checkAddress({ ...receipt, ballotId } as unknown as Receipt)}`;
    const idEnd = whole.indexOf('#');
    for (let length = 0; length < whole.length; length += 1) {
      const link = readReceiptLink(whole.slice(0, length));
      const isWithoutCommitment = length === whole.length - commitment.length;
      if (length === idEnd || isWithoutCommitment) expect(link?.receiptId).toBe(receiptId);
      else expect([length, link]).toEqual([length, null]);
    }
  });

  it('is asked for with an id alone, and with nothing that is none', () => {
    expect(readReceiptLink(` ${receiptId.slice(0, 20)}\n${receiptId.slice(20)} `)).toEqual({
      election: null,
      receiptId,
      signed: null,
    });
    for (const text of ['', 'x', receiptId.slice(1), `${receiptId}?`, `javascript:${'a'.repeat(43)}.`])
      expect(readReceiptLink(text)).toBeNull();
  });
});

describe('base64', () => {
  it('is read back as it was written, in either alphabet', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (written) => {
        expect([...fromBase64(toBase64url(written))]).toEqual([...written]);
        expect([...fromBase64(Buffer.from(written).toString('base64'))]).toEqual([...written]);
      }),
    );
  });
});
