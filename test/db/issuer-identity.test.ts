import { randomBytes } from 'node:crypto';
import { generateKeyPair } from 'jose';
import { describe, expect, it } from 'vitest';
import { createVoterRoll } from '../../functions/adapters/postgres/voter-roll-store.ts';
import { hashBlinded } from '../../functions/core/pass-issue.ts';
import { openMs } from '../support/election.ts';
import { ask, blind, byCode, byToken, election, provider, useIssuer } from '../support/issuer.ts';

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

  it('is compared just the same for a number that is not on the roll, and for a voter without a code', async () => {
    const voter = await issuer().enrol();
    await issuer().admin.query('update voter_roll set code_hash = null where roll_number = $1', [
      voter.rollNumber,
    ]);
    issuer().compared.length = 0;
    for (const rollNumber of [voter.rollNumber, 'Z-406'])
      await issuer().send(ask(await blind(), byCode({ rollNumber, accessCode: 'WRONG' })));
    expect(issuer().compared).toEqual(['random nothing', 'random nothing']);
  });

  it('that is wrong can be tried ten times; a right one, which nobody can guess, is taken all the same', async () => {
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
    expect((await issuer().send(ask(await blind(), byCode(voter)))).status).toBe(200);
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

describe('an access code that somebody chose', () => {
  const chosen = useIssuer('chosen');

  it('is taken, and nothing else is', async () => {
    const [voter, other] = [await chosen().enrol(), await chosen().enrol()];
    const request = await blind();
    for (const accessCode of [other.accessCode, `${voter.accessCode}A`, voter.accessCode.slice(0, -1), ''])
      expect((await chosen().send(ask(request, byCode({ ...voter, accessCode })))).status).toBeOneOf([
        400, 401,
      ]);
    expect((await chosen().send(ask(request, byCode(voter)))).status).toBe(200);
  });

  it('is not taken where the roll has the hash of a drawn one', async () => {
    const voter = await chosen().enrol();
    await chosen().admin.query(
      "update voter_roll set code_hash = '\\x01'::bytea || sha256('x') where roll_number = $1",
      [voter.rollNumber],
    );
    expect((await chosen().send(ask(await blind(), byCode(voter)))).problem).toBe('bad-credentials');
  });

  it('costs a slow hash also for a number that is not on the roll', async () => {
    chosen().compared.length = 0;
    await chosen().send(ask(await blind(), byCode({ rollNumber: 'Z-407', accessCode: 'WRONG' })));
    expect(chosen().compared).toEqual(['chosen nothing']);
  });

  it('can be tried ten times, and then neither a right one nor an unknown number is looked at', async () => {
    const voter = await chosen().enrol();
    for (const rollNumber of [voter.rollNumber, 'Z-405']) {
      const tries = await Promise.all(
        Array.from({ length: 30 }, async () =>
          chosen().send(ask(await blind(), byCode({ rollNumber, accessCode: 'WRONG' }))),
        ),
      );
      expect(tries.filter(({ problem }) => problem === 'bad-credentials')).toHaveLength(10);
    }
    chosen().compared.length = 0;
    expect((await chosen().send(ask(await blind(), byCode(voter)))).problem).toBe('too-many-attempts');
    expect(chosen().compared).toEqual([]);
  });
});

describe('attempts that count no more', () => {
  it('are forgotten now and then, so that guessing leaves nothing behind', async () => {
    let nowMs = 0;
    const roll = createVoterRoll(issuer().pool, () => nowMs);
    const { election: id } = election.definition;
    await roll.countAttempt(id, 'Z-500' as never);
    await roll.countAttempt(id, 'Z-501' as never);
    await issuer().admin.query(
      "update identity_attempt set since = since - interval '1 hour' where roll_number = 'Z-500'",
    );
    const kept = async () =>
      (
        await issuer().admin.query(
          "select roll_number from identity_attempt where roll_number ~ '^Z-50' order by 1",
        )
      ).rows.map((row) => row.roll_number);
    await roll.countAttempt(id, 'Z-502' as never);
    expect(await kept()).toEqual(['Z-500', 'Z-501', 'Z-502']);
    nowMs = 61_000;
    await roll.countAttempt(id, 'Z-502' as never);
    expect(await kept()).toEqual(['Z-501', 'Z-502']);
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
