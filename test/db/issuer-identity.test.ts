import { randomBytes } from 'node:crypto';
import { generateKeyPair } from 'jose';
import { describe, expect, it } from 'vitest';
import { hashBlinded } from '../../functions/core/pass-issue.ts';
import { openMs } from '../support/election.ts';
import { ask, blind, byCode, byToken, provider, useIssuer } from '../support/issuer.ts';

const issuer = useIssuer();

describe('an access code', () => {
  it('is taken as people write it', async () => {
    const voter = await issuer().enrol();
    const accessCode = ` ${voter.accessCode.toLowerCase().replaceAll('-', ' ')}`;
    expect((await issuer().send(ask(await blind(), byCode({ ...voter, accessCode })))).status).toBe(200);
  });

  it('that is wrong, and a number that is not on the roll, are the same answer', async () => {
    const voter = await issuer().enrol();
    const answers = [
      await issuer().send(ask(await blind(), byCode({ ...voter, accessCode: 'WRONG' }))),
      await issuer().send(ask(await blind(), byCode({ rollNumber: 'Z-404', accessCode: 'WRONG' }))),
    ];
    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [401, answers[0]?.body],
      [401, answers[0]?.body],
    ]);
  });

  it('can be tried ten times, and then neither a right one nor an unknown number is looked at', async () => {
    const voter = await issuer().enrol();
    for (const rollNumber of [voter.rollNumber, 'Z-405']) {
      const tries = await Promise.all(
        Array.from({ length: 30 }, async () =>
          issuer().send(ask(await blind(), byCode({ rollNumber, accessCode: 'WRONG' }))),
        ),
      );
      const refused = tries.filter(({ problem }) => problem === 'bad-credentials');
      expect(refused).toHaveLength(10);
      const late = tries.find(({ status }) => status === 429);
      expect(Number(late?.headers['retry-after'])).toBeGreaterThan(800);
    }
    expect((await issuer().send(ask(await blind(), byCode(voter)))).problem).toBe('too-many-attempts');
  });

  it('that is right lets the attempts before it be forgotten', async () => {
    const voter = await issuer().enrol();
    for (let n = 0; n < 9; n += 1)
      await issuer().send(ask(await blind(), byCode({ ...voter, accessCode: 'WRONG' })));
    const request = await blind();
    for (let n = 0; n < 12; n += 1)
      expect((await issuer().send(ask(request, byCode(voter)))).status).toBe(200);
  });

  it('of one voter is not another’s', async () => {
    const [one, other] = [await issuer().enrol(), await issuer().enrol()];
    const { problem } = await issuer().send(
      ask(await blind(), byCode({ ...one, accessCode: other.accessCode })),
    );
    expect(problem).toBe('bad-credentials');
  });
});

describe('an ID token', () => {
  it('gets the pass of whom it is about', async () => {
    await issuer().enrol('north', { subject: 'alice' });
    const request = await blind();
    const idToken = await issuer().makeToken('alice', hashBlinded(request.blinded).toString('base64url'));
    expect((await issuer().send(ask(request, byToken(idToken)))).status).toBe(200);
  });

  it('is no good for another blinded message than the one it was made for', async () => {
    await issuer().enrol('north', { subject: 'bob' });
    const [request, thief] = [await blind(), await blind()];
    const idToken = await issuer().makeToken('bob', hashBlinded(request.blinded).toString('base64url'));
    expect((await issuer().send(ask(thief, byToken(idToken)))).problem).toBe('bad-credentials');
  });

  const seconds = Math.floor(openMs / 1000);
  it.each([
    ['by another issuer', { iss: 'https://evil.example.org' }],
    ['for another audience', { aud: 'somebody-else' }],
    ['that has ended', { iat: seconds - 600, exp: seconds - 120 }],
    ['that is old', { iat: seconds - 7_200, exp: seconds + 300 }],
    ['from the future', { iat: seconds + 120 }],
    ['without a nonce', { nonce: undefined }],
  ])('%s is refused', async (_, claims) => {
    const request = await blind();
    const idToken = await issuer().makeToken('alice', hashBlinded(request.blinded).toString('base64url'), {
      claims,
    });
    expect((await issuer().send(ask(request, byToken(idToken)))).problem).toBe('bad-credentials');
  });

  it('signed by anybody else, or with the public key for a shared secret, is refused', async () => {
    const request = await blind();
    const nonce = hashBlinded(request.blinded).toString('base64url');
    const { privateKey } = await generateKeyPair('ES256');
    for (const idToken of [
      await issuer().makeToken('alice', nonce, { key: privateKey }),
      await issuer().makeToken('alice', nonce, { key: randomBytes(32), alg: 'HS256' }),
      'not.a.token',
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ iss: provider.issuer, sub: 'alice', nonce })).toString('base64url')}.`,
    ]) {
      expect((await issuer().send(ask(request, byToken(idToken)))).problem).toBe('bad-credentials');
    }
  });

  it('of somebody who is not on the roll says no more than a wrong one', async () => {
    const request = await blind();
    const idToken = await issuer().makeToken('mallory', hashBlinded(request.blinded).toString('base64url'));
    expect((await issuer().send(ask(request, byToken(idToken)))).problem).toBe('bad-credentials');
  });
});
