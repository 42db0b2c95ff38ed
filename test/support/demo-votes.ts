import { randomUUID } from 'node:crypto';
import type { Demo } from '../../lib/local/demo.ts';
import { mintPass } from '../../lib/local/issuer.ts';
import type { Pipeline } from '../../lib/local/pipeline.ts';
import { voteHeaders } from '../../load/http/request-text.ts';

/** A kiosk's vote of a voter of their own, at any station; `draw` gives numbers below 1. */
export function drawDemoVote({ definition, keys }: Demo, draw: () => number) {
  const pick = <T>(list: readonly T[]): T => {
    const picked = list[Math.floor(draw() * list.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  };
  const region = pick(definition.regions);
  const station = pick(region.stations);
  const key = keys.find((one) => one.region === region.id);
  const style = definition.ballotStyles.find(({ id }) => id === station.ballotStyle);
  if (key === undefined || style === undefined) throw new Error(`no vote in ${region.id}`);
  const selections = style.contests.flatMap((id) => {
    const contest = definition.contests.find((one) => one.id === id);
    const choices = (contest?.choices ?? []).filter(() => draw() < 0.55).slice(0, contest?.maxSelections);
    return choices.length === 0 ? [] : [{ contest: id, choices: choices.map((choice) => choice.id) }];
  });
  return {
    version: 1,
    ballotId: randomUUID(),
    region: region.id,
    station: station.id,
    channel: 'kiosk',
    pass: mintPass(key),
    selections,
  };
}
export type DemoVote = ReturnType<typeof drawDemoVote>;

/** Casts votes and waits for every answer, which has to be 202. */
export async function castDemoVotes(
  pipeline: Pick<Pipeline, 'endpoint' | 'demo'>,
  votes: readonly DemoVote[],
): Promise<void> {
  for (const vote of votes) {
    const response = await fetch(`${pipeline.endpoint}/v1/elections/demo/votes`, {
      method: 'POST',
      headers: voteHeaders(vote.pass),
      body: JSON.stringify(vote),
    });
    if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
  }
}

export const drawDemoVotes = (demo: Demo, count: number, draw: () => number = Math.random): DemoVote[] =>
  Array.from({ length: count }, () => drawDemoVote(demo, draw));
