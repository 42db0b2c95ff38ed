import { randomUUID } from 'node:crypto';
import { mintPass } from '../../lib/local/issuer.ts';
import type { Pipeline } from '../../lib/local/pipeline.ts';
import { voteHeaders } from '../http/request-text.ts';

const requestsAtOnce = 20;

/** Votes that fall a little differently for every contest, so that pictures of results look like some. */
export async function castSampleVotes(pipeline: Pipeline, count: number): Promise<void> {
  const { endpoint, demo } = pipeline;
  for (let first = 0; first < count; first += requestsAtOnce) {
    const batch = Array.from({ length: Math.min(requestsAtOnce, count - first) }, (_, n) => first + n);
    const statuses = await Promise.all(
      batch.map(async (n) => {
        const vote = sampleVote(pipeline, n);
        const response = await fetch(`${endpoint}/v1/elections/${demo.definition.election}/votes`, {
          method: 'POST',
          headers: voteHeaders(vote.pass),
          body: JSON.stringify(vote),
        });
        return response.status;
      }),
    );
    if (statuses.some((status) => status !== 202)) throw new Error(`not all accepted: ${statuses.join()}`);
  }
  await pipeline.drained();
}

function sampleVote({ demo }: Pipeline, n: number) {
  const key = demo.keys[n % demo.keys.length];
  if (key === undefined) throw new Error('the demo election has no issuer keys');
  const { regions, ballotStyles, contests } = demo.definition;
  const stations = regions.find(({ id }) => id === key.region)?.stations ?? [];
  // Two of three at a polling station, the others from home; one station of each region has not reported.
  const halls = stations.slice(1, -1);
  const round = Math.floor(n / demo.keys.length);
  const hall = round % 3 === 0 ? undefined : halls[round % Math.max(1, halls.length)];
  const style = ballotStyles.find(({ id }) => id === (hall ?? stations[0])?.ballotStyle);
  const selections = (style?.contests ?? []).flatMap((contestId, at) => {
    const contest = contests.find(({ id }) => id === contestId);
    if (contest === undefined || (n + at) % 11 === 0) return [];
    const favourite = Math.floor(Math.abs(Math.sin(n * (at + 1.3))) ** 1.5 * contest.choices.length);
    const picked = Array.from(
      { length: Math.min(contest.maxSelections, 1 + (n % contest.maxSelections)) },
      (_, step) => contest.choices[(favourite + step * 2) % contest.choices.length]?.id,
    );
    return [{ contest: contestId, choices: [...new Set(picked)] }];
  });
  const place = hall === undefined ? { channel: 'browser' } : { channel: 'kiosk', station: hall.id };
  return {
    version: 1,
    ballotId: randomUUID(),
    region: key.region,
    pass: mintPass(key),
    selections,
    ...place,
  };
}
