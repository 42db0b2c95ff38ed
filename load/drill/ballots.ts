import { randomUUID } from 'node:crypto';
import { deriveVoterKey, parsePass } from '../../functions/core/pass.ts';
import type { Demo } from '../../lib/local/demo.ts';
import { mintPass } from '../../lib/local/issuer.ts';
import type { BallotId, VoterKey } from '../../schema/wire/ids.ts';
import { pick } from './random.ts';

/** One vote as its caster knows it, and what became of it. */
export interface CastVote {
  readonly ballotId: BallotId;
  readonly voterKey: VoterKey;
  readonly region: string;
  readonly selections: readonly { readonly contest: string; readonly choices: readonly string[] }[];
  readonly pass: string;
  /** The request's body. */
  readonly body: string;
  /** Sent at least once: whatever the answer, it may have been taken. */
  sent: boolean;
  /** The receipt that came with 202. */
  receiptId: string | null;
}

/** Of votes: a second, different ballot of the same voter, which must end up as a duplicate. */
const secondBallotShare = 0.02;

/**
 * Makes that many votes of the demo election, at stations and with choices drawn at random: about
 * 0.35 ms each, most of it for the pass.
 */
export function makeVotes({ definition, keys }: Demo, count: number, random: () => number): CastVote[] {
  const votes: CastVote[] = [];
  let pass = '';
  let region = definition.regions[0];
  for (let n = 0; n < count; n += 1) {
    if (n === 0 || random() >= secondBallotShare) {
      const key = pick(keys, random);
      pass = mintPass(key);
      region = definition.regions.find(({ id }) => id === key.region);
    }
    if (region === undefined) throw new Error('an issuer key of no region');
    votes.push(makeVote({ definition, keys }, region, pass, random));
  }
  return votes;
}

function makeVote(
  { definition }: Demo,
  region: Demo['definition']['regions'][number],
  pass: string,
  random: () => number,
): CastVote {
  const station = pick(region.stations, random);
  const style = definition.ballotStyles.find(({ id }) => id === station.ballotStyle);
  const selections = definition.contests
    .filter(({ id }) => style?.contests.includes(id) === true && random() > 0.1)
    .map(({ id, choices, maxSelections }) => ({
      contest: id,
      choices: choices
        .map((choice) => ({ id: choice.id, draw: random() }))
        .sort((a, b) => a.draw - b.draw)
        .slice(0, 1 + Math.floor(random() * maxSelections))
        .map((choice) => choice.id),
    }));
  const ballotId = randomUUID() as BallotId;
  const parsed = parsePass(pass);
  if (parsed === null) throw new Error('a minted pass is no pass');
  return {
    ballotId,
    voterKey: deriveVoterKey(definition.election, parsed),
    region: region.id,
    selections,
    pass,
    body: JSON.stringify({
      version: 1,
      ballotId,
      region: region.id,
      channel: 'kiosk',
      station: station.id,
      pass,
      selections,
    }),
    sent: false,
    receiptId: null,
  };
}
