import { randomUUID } from 'node:crypto';
import type { ALBEvent } from 'aws-lambda';
import type { Election } from '../../../functions/core/election.ts';
import { buildAlbEvent } from '../../../lib/local/alb-event.ts';
import { type IssuerKey, mintPass } from '../../../lib/local/issuer.ts';
import { voteHeaders } from '../../http/request-text.ts';
import { createVoteDrawer } from '../bench-votes.ts';

/** What the kiosk of a vote's station shows with it; null: nothing. */
export type Authorize = (
  vote: { readonly region: string; readonly station: string },
  body: Buffer,
) => string | null;

/**
 * Mints passes and draws a vote for each.
 * @returns a function that makes the events of the first `count` votes, with fresh ballot ids: the
 *   same voters again, which ingest neither knows nor asks
 */
export function createVoteEvents(
  election: Election,
  keys: readonly IssuerKey[],
  passes: number,
  authorize: Authorize = () => null,
): (count: number) => ALBEvent[] {
  const drawVote = createVoteDrawer(election);
  const keyOf = new Map(keys.map((key) => [key.region, key]));
  const votes = Array.from({ length: passes }, () => {
    const vote = drawVote('even');
    const key = keyOf.get(vote.region);
    if (key === undefined) throw new Error(`region ${vote.region} has no key`);
    return { version: 1, channel: 'kiosk', ...vote, pass: mintPass(key) };
  });
  return (count) => {
    if (count > votes.length) throw new RangeError(`${count} votes of ${votes.length} passes`);
    return votes.slice(0, count).map((vote) => {
      const body = Buffer.from(JSON.stringify({ ballotId: randomUUID(), ...vote }));
      return toEvent(election, body, vote.pass, authorize(vote, body));
    });
  };
}

/** With the headers that CloudFront and the load balancer pass on. */
function toEvent(election: Election, body: Buffer, pass: string, authorization: string | null): ALBEvent {
  const headers = {
    host: 'vote.example.org',
    'user-agent':
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36',
    accept: 'application/json',
    'accept-encoding': 'gzip, deflate, br',
    ...voteHeaders(pass),
    'content-length': String(body.length),
    via: '2.0 0123456789abcdef.cloudfront.net (CloudFront)',
    'x-amz-cf-id': 'c1oudfr0nt-request-id-of-fifty-six-characters-0000000==',
    'x-forwarded-for': '203.0.113.7',
    ...(authorization === null ? {} : { authorization }),
  };
  return buildAlbEvent(
    {
      method: 'POST',
      url: `/v1/elections/${election.definition.election}/votes`,
      rawHeaders: Object.entries(headers).flat(),
      body,
      clientAddress: '203.0.113.7',
      clientPort: 50_000,
      port: 443,
      traceId: `Root=1-67891233-${randomUUID().replaceAll('-', '').slice(0, 24)}`,
    },
    'multi',
  );
}
