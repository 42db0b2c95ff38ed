import { constants, privateDecrypt, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createBlindSigner } from '../../functions/adapters/blind-signer.ts';
import { createPassVerifier } from '../../functions/adapters/pass-verifier.ts';
import { formatPass, parsePass } from '../../functions/core/pass.ts';
import { hashBlinded } from '../../functions/core/pass-issue.ts';
import { closesAt, makeIssuerKey, northKey, openMs, southKey } from '../support/election.ts';
import { ask, blind, byCode, byToken, election, finalize, useIssuer } from '../support/issuer.ts';

const issuer = useIssuer();

describe('a pass', () => {
  it('is issued to a voter on the roll, and verifies at the edge', async () => {
    const request = await blind();
    const answer = await issuer().send(ask(request, byCode(await issuer().enrol())));
    expect(answer.status).toBe(200);
    const signature = await finalize(request, answer);
    const text = formatPass({ keyId: request.keyId, message: Buffer.from(request.message), signature });
    const pass = parsePass(text);
    expect(pass !== null && createPassVerifier().verify(election, pass)).toBe(true);
  });

  it('is the same again for the same blinded message, and refused for another', async () => {
    const voter = await issuer().enrol();
    const [request, other] = [await blind(), await blind()];
    const first = await issuer().send(ask(request, byCode(voter)));
    const again = await issuer().send(ask(request, byCode(voter)));
    expect([again.status, again.json()]).toEqual([200, first.json()]);
    const refused = await issuer().send(ask(other, byCode(voter)));
    expect([refused.status, refused.problem]).toEqual([409, 'pass-already-issued']);
  });

  it('is not signed with a key that is not published, and the voter is told so and has lost nothing', async () => {
    const voter = await issuer().enrol();
    const withdrawn = await blind(makeIssuerKey());
    const refused = await issuer().send(ask(withdrawn, byCode(voter)));
    expect([refused.status, refused.problem]).toEqual([409, 'unknown-pass-key']);
    expect((await issuer().send(ask(await blind(), byCode(voter)))).status).toBe(200);
  });

  it('is signed once for two thousand messages of one voter at the same time', async () => {
    const voter = await issuer().enrol('north', { subject: 'racer' });
    const requests = await Promise.all(
      Array.from({ length: 2_000 }, async () => {
        const blinded = Buffer.concat([Buffer.from([1]), randomBytes(255)]);
        const nonce = hashBlinded(blinded).toString('base64url');
        return { blinded, idToken: await issuer().makeToken('racer', nonce) };
      }),
    );
    const answers = await Promise.all(
      requests.map(({ blinded, idToken }) =>
        issuer().send({
          version: 1,
          keyId: northKey.keyId,
          blindedMessage: blinded.toString('base64url'),
          proof: byToken(idToken),
        }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    // Who waited too long for one of eight connections is asked to come again.
    const others = new Set(answers.filter(({ status }) => status !== 200).map(({ status }) => status));
    expect(others.has(409) && [...others].every((status) => [409, 503].includes(status))).toBe(true);
    const { rows } = await issuer().admin.query('select 1 from pass_issued where roll_number = $1', [
      voter.rollNumber,
    ]);
    expect(rows).toHaveLength(1);
  });

  it('is for the region of the roll only', async () => {
    const { problem } = await issuer().send(
      ask(await blind(southKey), byCode(await issuer().enrol('north'))),
    );
    expect(problem).toBe('wrong-region');
  });

  it('is issued until the election closes', async () => {
    const voter = await issuer().enrol();
    issuer().state.nowMs = Date.parse(closesAt);
    try {
      expect((await issuer().send(ask(await blind(), byCode(voter)))).problem).toBe('closed');
      issuer().state.nowMs -= 1;
      expect((await issuer().send(ask(await blind(), byCode(voter)))).status).toBe(200);
    } finally {
      issuer().state.nowMs = openMs;
    }
  });

  it('costs nothing for a message that its key cannot sign', async () => {
    const voter = await issuer().enrol();
    const tooLarge = { ...(await blind()), blinded: Buffer.alloc(256, 255) };
    expect((await issuer().send(ask(tooLarge, byCode(voter)))).problem).toBe('invalid-request');
    expect((await issuer().send(ask(await blind(), byCode(voter)))).status).toBe(200);
  });
});

it('is given away only after it was verified, by the right key', async () => {
  const { blinded } = await blind();
  const pem = southKey.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const wrong = createBlindSigner(async () => pem);
  const north = 'north' as never;
  await expect(wrong.sign(election, north, northKey.keyId, blinded)).rejects.toThrow(
    'not the one in the definition',
  );
  const broken = createBlindSigner(async () => 'no key');
  await expect(broken.sign(election, north, northKey.keyId, blinded)).rejects.toThrow('is no key');
});

it('is not given away when the arithmetic went wrong: the key would go with it', async () => {
  const pem = northKey.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const flip = (bytes: Buffer): Buffer => {
    bytes.writeUInt8(bytes.readUInt8(255) ^ 1, 255);
    return bytes;
  };
  const faulty = createBlindSigner(
    async () => pem,
    (key, message) => flip(privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, message)),
  );
  const { blinded } = await blind();
  await expect(faulty.sign(election, 'north' as never, northKey.keyId, blinded)).rejects.toThrow(
    'came out wrong',
  );
});
