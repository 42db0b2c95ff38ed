import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { ALBEvent, ALBResult } from 'aws-lambda';
import { Hono } from 'hono';
// oxlint-disable-next-line typescript/no-deprecated -- its successor is not in the registry yet
import { handle } from 'hono/aws-lambda';
import type { Election } from '../../../functions/core/election.ts';

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 } as const;

/** The issuer keys of an election by key id, parsed. */
export function parsePassKeys(election: Election): ReadonlyMap<string, KeyObject> {
  return new Map(
    [...election.passKeys].map(([keyId, { spki }]) => [
      keyId,
      createPublicKey({ key: Buffer.from(spki, 'base64'), format: 'der', type: 'spki' }),
    ]),
  );
}

/**
 * What cannot be left out, and nothing else: a bare Hono route behind Hono's own adapter, the body
 * parsed as JSON, one RSA-PSS verify of the pass in it, and a JSON answer with 202. No check, no
 * record, nowhere to put one.
 */
export function createFloorHandler(election: Election): (event: ALBEvent) => Promise<ALBResult> {
  const keys = parsePassKeys(election);
  const app = new Hono();
  app.post('/v1/elections/:election/votes', async (c) => {
    const { pass, ballotId } = await c.req.json<{ pass: string; ballotId: string }>();
    const [keyId = '', message = '', signature = ''] = pass.split('.');
    const key = keys.get(keyId);
    const isGood =
      key !== undefined &&
      verify(
        'sha384',
        Buffer.from(message, 'base64url'),
        { key, ...pss },
        Buffer.from(signature, 'base64url'),
      );
    return isGood ? c.json({ status: 'accepted', ballotId }, 202) : c.json({ status: 'refused' }, 401);
  });
  // oxlint-disable-next-line typescript/no-deprecated -- see above
  return handle(app) as unknown as (event: ALBEvent) => Promise<ALBResult>;
}
