import { constants, verify } from 'node:crypto';
import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { ALBEvent, ALBResult } from 'aws-lambda';
import { Hono } from 'hono';
// oxlint-disable-next-line typescript/no-deprecated -- its successor is not in the registry yet
import { handle } from 'hono/aws-lambda';
import { findTimeFault, placeVote } from '../../../functions/core/admission.ts';
import { findBallotFault } from '../../../functions/core/ballot-rules.ts';
import type { Election } from '../../../functions/core/election.ts';
import { deriveVoterKey, parsePass, receiptIdOf } from '../../../functions/core/pass.ts';
import { encodeRecord } from '../../../functions/core/record.ts';
import { voteRequestSchema } from '../../../schema/wire/vote.ts';
import { parsePassKeys } from './floor-handler.ts';

export interface NaiveOptions {
  readonly election: Election;
  /** Of Kinesis; region and credentials are in the environment. */
  readonly endpoint: string;
  readonly stream: string;
  /** As many sockets as there are requests at once: none waits for one. */
  readonly socketsMax: number;
}

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 } as const;

/**
 * The handler that people write: Hono behind its own adapter, the same checks as ours, and one
 * `PutRecord` a vote. Connections are kept and speak HTTP/1.1, as the stand-in does; the SDK is as
 * it comes otherwise.
 */
export function createNaiveHandler(options: NaiveOptions): (event: ALBEvent) => Promise<ALBResult> {
  const { election, endpoint, stream, socketsMax } = options;
  const keys = parsePassKeys(election);
  const kinesis = new KinesisClient({
    endpoint,
    requestHandler: new NodeHttpHandler({ httpAgent: { keepAlive: true, maxSockets: socketsMax } }),
  });
  const app = new Hono();
  app.post('/v1/elections/:election/votes', async (c) => {
    const request = voteRequestSchema.safeParse(await c.req.json());
    if (!request.success) return c.json({ error: 'invalid request' }, 400);
    if (c.req.param('election') !== election.definition.election) return c.json({ error: 'unknown' }, 404);
    const vote = request.data;
    const nowMs = Date.now();
    const place = placeVote(election, vote, null, () => '');
    const refused = findTimeFault(election, vote, nowMs) ?? (place.ok ? null : place.fault);
    if (refused !== null || !place.ok) return c.json({ error: refused }, 403);
    const pass = parsePass(vote.pass);
    const key = pass === null ? undefined : keys.get(pass.keyId);
    if (pass === null || key === undefined) return c.json({ error: 'bad pass' }, 401);
    if (election.passKeys.get(pass.keyId)?.region !== vote.region)
      return c.json({ error: 'wrong region' }, 403);
    if (!verify('sha384', pass.message, { key, ...pss }, pass.signature))
      return c.json({ error: 'bad pass' }, 401);
    const fault = findBallotFault(election, place.station, vote.selections);
    if (fault !== null) return c.json({ error: fault }, 422);
    const { election: id, version } = election.definition;
    const voterKey = deriveVoterKey(id, pass);
    const acceptedAt = new Date(nowMs).toISOString();
    const data = encodeRecord({
      v: 1,
      election: id,
      definition: version,
      ballotId: vote.ballotId,
      voterKey,
      region: vote.region,
      station: place.stationId,
      channel: vote.channel,
      selections: vote.selections,
      acceptedAt,
    });
    await kinesis.send(new PutRecordCommand({ StreamName: stream, PartitionKey: voterKey, Data: data }));
    const receipt = {
      receiptId: receiptIdOf(voterKey, vote.ballotId),
      election: id,
      ballotId: vote.ballotId,
    };
    return c.json({ status: 'accepted', receipt, acceptedAt }, 202);
  });
  // oxlint-disable-next-line typescript/no-deprecated -- see above
  return handle(app) as unknown as (event: ALBEvent) => Promise<ALBResult>;
}
