import { describe, expect, it } from 'vitest';
import { deriveVoterKey } from '../../functions/core/pass.ts';
import { hashBlinded } from '../../functions/core/pass-issue.ts';
import { ask, blind, byCode, election, finalize, useIssuer } from '../support/issuer.ts';

const issuer = useIssuer();

describe('what the issuer and the database keep', () => {
  it('ties no pass that was issued to a voter key, a participation or a ballot', async () => {
    const voter = await issuer().enrol();
    const request = await blind();
    const signature = await finalize(request, await issuer().send(ask(request, byCode(voter))));
    const pass = { keyId: request.keyId, message: Buffer.from(request.message), signature };
    const voterKey = deriveVoterKey(election.definition.election, pass);
    /** Everything that the edge sees of it, in the encodings things are stored in. */
    const seen = [
      pass.message,
      pass.message.subarray(0, 32),
      pass.message.subarray(32),
      signature,
      Buffer.from(voterKey.replaceAll('-', ''), 'hex'),
    ];
    const needles = seen.flatMap((bytes) => [bytes.toString('hex'), bytes.toString('base64url')]);
    const kept = JSON.stringify(
      await Promise.all(
        ['voter_roll', 'voter_subject', 'pass_issued', 'identity_attempt'].map(
          async (table) => (await issuer().admin.query(`select ${table}::text as row from ${table}`)).rows,
        ),
      ),
    );
    const everything = kept + JSON.stringify(issuer().logged);
    expect(everything).toContain(voter.rollNumber);
    expect(needles.filter((needle) => everything.includes(needle))).toEqual([]);
    // The one thing that is kept of the request says nothing about the pass: any pass fits it with some blinding.
    expect(everything).toContain(hashBlinded(request.blinded).toString('hex'));
    expect(hashBlinded(pass.message).equals(hashBlinded(request.blinded))).toBe(false);
  });

  it('is no roll number, code, token or message in the log', async () => {
    const voter = await issuer().enrol();
    const request = await blind();
    issuer().logged.length = 0;
    await issuer().send(ask(request, byCode(voter)));
    await issuer().send(ask(request, byCode({ ...voter, accessCode: 'SWORDFISH' })));
    const text = JSON.stringify(issuer().logged);
    expect(issuer().logged).toHaveLength(2);
    for (const secret of [
      voter.rollNumber,
      voter.accessCode,
      'SWORDFISH',
      request.blinded.toString('base64url'),
    ])
      expect(text).not.toContain(secret);
  });

  it('cannot be changed by the issuer: a pass stays issued', async () => {
    await issuer().send(ask(await blind(), byCode(await issuer().enrol())));
    for (const statement of [
      'delete from pass_issued',
      "update pass_issued set roll_number = 'x'",
      'truncate pass_issued',
      'delete from voter_roll',
    ])
      await expect(issuer().pool.query(statement)).rejects.toThrow(/permission denied/);
    await expect(issuer().admin.query('delete from pass_issued')).rejects.toThrow('is refused');
  });
});
