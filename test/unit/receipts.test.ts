import { createPublicKey, randomBytes, randomUUID, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createReceiptSigner } from '../../functions/adapters/receipt-signer.ts';
import { canonicalBallot } from '../../functions/core/canonical-ballot.ts';
import { commitToBallot } from '../../functions/core/commitment.ts';
import { UnavailableError } from '../../functions/core/errors.ts';
import { receiptMessage } from '../../functions/core/receipt.ts';
import type { BallotId, ElectionId, ReceiptId } from '../../schema/wire/ids.ts';
import { type Receipt, receiptSchema } from '../../schema/wire/receipt.ts';
import type { Selection } from '../../schema/wire/vote.ts';
import { voteRequest } from '../support/alb.ts';
import { makeSigningKey, receiptKey, receiptSecret, testElection, testVote } from '../support/election.ts';
import { createTestIngest } from '../support/ingest.ts';

const election = testElection();
const electionId = election.definition.election;

/** What a voter does at home, with the definition and nothing else. */
function verifyReceipt(receipt: Receipt): boolean {
  const key = election.definition.receiptKeys?.find(({ keyId }) => keyId === receipt.keyId);
  if (key === undefined || receipt.signature === undefined) return false;
  const publicKey = createPublicKey({ key: Buffer.from(key.spki, 'base64'), format: 'der', type: 'spki' });
  const message = receiptMessage(receipt.election, receipt.receiptId, receipt.commitment);
  return verify(null, message, publicKey, Buffer.from(receipt.signature, 'base64url'));
}

async function castAndRead(vote: unknown, ingest = createTestIngest([election])): Promise<Receipt> {
  const { json } = await ingest.send(voteRequest(vote));
  return receiptSchema.parse(json()['receipt']);
}

const salt = randomBytes(32);
const selections = [{ contest: 'mayor', choices: ['ada'] }] as unknown as Selection[];
const commitTo = (ballotId: string, marked: Selection[] = selections, with_: Uint8Array = salt) =>
  commitToBallot(electionId, ballotId as BallotId, marked, with_);

describe('a receipt', () => {
  it('verifies with the definition alone', async () => {
    const ballotId = randomUUID();
    const receipt = await castAndRead(testVote({ ballotId, commitment: commitTo(ballotId) }));
    expect(receipt.commitment).toBe(commitTo(ballotId));
    expect(verifyReceipt(receipt)).toBe(true);
  });

  it('is the same for the same request, from every instance and at every time', async () => {
    const ballotId = randomUUID();
    const vote = testVote({ ballotId, commitment: commitTo(ballotId) });
    const later = createTestIngest([election]);
    later.state.nowMs += 3_600_000;
    expect(await castAndRead(vote, later)).toEqual(await castAndRead(vote));
  });

  it('says nothing that changes, and nothing of what was voted', async () => {
    const receipt = await castAndRead(testVote({ commitment: commitTo(randomUUID()) }));
    expect(Object.keys(receipt).toSorted()).toEqual([
      'ballotId',
      'commitment',
      'election',
      'keyId',
      'receiptId',
      'signature',
    ]);
  });

  it('does not verify when any of it is altered', async () => {
    const ballotId = randomUUID();
    const receipt = await castAndRead(testVote({ ballotId, commitment: commitTo(ballotId) }));
    const other = await castAndRead(testVote({ commitment: commitTo(randomUUID()) }));
    for (const name of ['receiptId', 'election', 'commitment', 'signature'] as const) {
      const altered = {
        ...receipt,
        [name]: name === 'election' ? ('other-2026' as ElectionId) : other[name],
      };
      expect([name, verifyReceipt(altered)]).toEqual([name, false]);
    }
    const { commitment: _, ...bare } = receipt;
    expect(verifyReceipt(bare)).toBe(false);
  });

  it('does without a commitment, and says so in what is signed', async () => {
    const receipt = await castAndRead(testVote());
    expect(receipt.commitment).toBeUndefined();
    expect(verifyReceipt(receipt)).toBe(true);
  });

  it('is unsigned where the definition publishes no key', async () => {
    const ingest = createTestIngest([testElection({ receiptKeys: [] })]);
    const receipt = await castAndRead(testVote(), ingest);
    expect([receipt.keyId, receipt.signature]).toEqual([undefined, undefined]);
  });

  it('is not given, nor the vote accepted, where the key that the definition promises is not at hand', async () => {
    const { keyId, spki } = makeSigningKey();
    const ingest = createTestIngest([testElection({ receiptKeys: [{ keyId, spki }] })]);
    const { status, problem } = await ingest.send(voteRequest(testVote()));
    expect([status, problem]).toEqual([503, 'temporarily-unavailable']);
    expect(ingest.entries).toEqual([]);
  });

  it('refuses commitments that are none', async () => {
    for (const commitment of ['', 'x', 'A'.repeat(44), 7, null]) {
      const { problem } = await createTestIngest([election]).send(voteRequest(testVote({ commitment })));
      expect(problem).toBe('invalid-request');
    }
  });
});

describe('the signer', () => {
  it('asks for nothing where nothing is to be signed', async () => {
    const signer = createReceiptSigner(() => Promise.reject(new Error('asked')), Date.now);
    await signer.ready(testElection({ receiptKeys: [] }));
  });

  it('asks for its keys once, and after a failure again, but not at once', async () => {
    let asked = 0;
    let nowMs = 0;
    const signer = createReceiptSigner(
      async () => {
        asked += 1;
        if (asked === 1) throw new UnavailableError('away');
        return receiptSecret;
      },
      () => nowMs,
    );
    await expect(signer.ready(election)).rejects.toThrow(UnavailableError);
    await expect(signer.ready(election)).rejects.toThrow(UnavailableError);
    expect(asked).toBe(1);
    nowMs += 2_000;
    await Promise.all([signer.ready(election), signer.ready(election), signer.ready(election)]);
    expect(asked).toBe(2);
    expect(signer.sign(election, 'A'.repeat(43) as ReceiptId)?.keyId).toBe(receiptKey.keyId);
  });

  const [older, newer] = [makeSigningKey(), makeSigningKey()];
  const secretOf = (...keys: (typeof older)[]) =>
    JSON.stringify({
      schema: 'ballotstream/receipt-keys/1',
      privateKeys: keys.map(({ privateKey }) => privateKey.export({ type: 'pkcs8', format: 'pem' })),
    });
  const electionWith = (...keys: (typeof older)[]) =>
    testElection({ receiptKeys: keys.map(({ keyId, spki }) => ({ keyId, spki })) });
  const receiptId = 'A'.repeat(43) as ReceiptId;
  /** A secret that somebody changes while an environment runs. */
  function startSigner(...first: (typeof older)[]) {
    const state = { nowMs: 0, secret: secretOf(...first), asked: 0 };
    const load = async () => {
      state.asked += 1;
      return state.secret;
    };
    const signer = createReceiptSigner(load, () => state.nowMs);
    const sign = async (with_: ReturnType<typeof testElection>) => {
      await signer.ready(with_);
      return signer.sign(with_, receiptId);
    };
    return { state, sign };
  }

  it('signs with the key that the definition names first, in environments that read the secret in any order', async () => {
    const a = startSigner(older, newer);
    const b = startSigner(newer, older);
    for (const [elected, keyId] of [
      [electionWith(newer, older), newer.keyId],
      [electionWith(older, newer), older.keyId],
    ] as const) {
      const receipt = await a.sign(elected);
      expect(receipt?.keyId).toBe(keyId);
      expect(await b.sign(elected)).toEqual(receipt);
    }
  });

  it('reads the secret again in an environment that is older than the key, and signs as the others do', async () => {
    const fresh = startSigner(newer, older);
    const old = startSigner(older);
    await old.sign(electionWith(older));
    old.state.secret = secretOf(newer, older);
    old.state.nowMs += 2_000;
    const rotated = electionWith(newer, older);
    expect(await old.sign(rotated)).toEqual(await fresh.sign(rotated));
    expect(old.state.asked).toBe(2);
  });

  it('gives no other receipt while the key that signs is not in the secret, though an older one is', async () => {
    const { state, sign } = startSigner(older);
    const rotated = electionWith(newer, older);
    await expect(sign(rotated)).rejects.toThrow(UnavailableError);
    state.secret = secretOf(newer);
    state.nowMs += 2_000;
    expect((await sign(rotated))?.keyId).toBe(newer.keyId);
    // What votes are under way for is still signed, though the secret has lost it.
    expect((await sign(electionWith(older)))?.keyId).toBe(older.keyId);
  });

  it('says nothing of a secret that is not what it should be', async () => {
    for (const secret of [
      '',
      'swordfish',
      '{"schema":"ballotstream/receipt-keys/1","privateKeys":["swordfish"]}',
    ]) {
      const signer = createReceiptSigner(async () => secret, Date.now);
      await expect(signer.ready(election)).rejects.toThrow(
        /^the secret of the receipt keys is not what it should be$/,
      );
    }
  });
});

describe('a commitment', () => {
  const selectionsArbitrary = fc.uniqueArray(
    fc.record({
      contest: fc.stringMatching(/^[a-z]{1,5}$/),
      choices: fc.uniqueArray(fc.stringMatching(/^[a-z]{1,5}$/)),
    }),
    { selector: ({ contest }) => contest, maxLength: 6 },
  ) as unknown as fc.Arbitrary<Selection[]>;
  const ballotId = randomUUID() as BallotId;

  it('is the same in whatever order a ballot is written', () => {
    fc.assert(
      fc.property(selectionsArbitrary, (marked) => {
        const reversed = marked.toReversed().map((one) => ({ ...one, choices: one.choices.toReversed() }));
        expect(commitTo(ballotId, reversed)).toBe(commitTo(ballotId, marked));
      }),
    );
  });

  it('is another for another ballot, and for another salt', () => {
    fc.assert(
      fc.property(selectionsArbitrary, selectionsArbitrary, (a, b) => {
        const isSame = canonicalBallot(electionId, ballotId, a) === canonicalBallot(electionId, ballotId, b);
        expect(commitTo(ballotId, a) === commitTo(ballotId, b)).toBe(isSame);
      }),
    );
    expect(commitTo(ballotId, selections, randomBytes(32))).not.toBe(commitTo(ballotId));
    expect(() => commitTo(ballotId, selections, randomBytes(16))).toThrow(RangeError);
  });

  it('proves nothing to whom the salt is shown: ingest signs one to a ballot that was never cast', async () => {
    const id = randomUUID();
    const pretended = [{ contest: 'mayor', choices: ['bob'] }] as unknown as Selection[];
    const receipt = await castAndRead(testVote({ ballotId: id, commitment: commitTo(id, pretended) }));
    expect(verifyReceipt(receipt)).toBe(true);
  });
});
