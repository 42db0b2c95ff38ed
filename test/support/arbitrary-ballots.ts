import fc from 'fast-check';
import { type Election, parseElection } from '../../functions/core/election.ts';
import { channels } from '../../schema/wire/ids.ts';
import { definitions } from './arbitrary-definition.ts';
import type { PlainBallot } from './counts.ts';

export interface CastBallots {
  readonly election: Election;
  readonly ballots: readonly PlainBallot[];
}

/** An election of any shape with up to `ballotsMax` valid ballots from any of its stations. */
export const castBallots = (ballotsMax: number): fc.Arbitrary<CastBallots> =>
  definitions.chain((definition) => {
    const election = compile(definition);
    const places = definition.regions.flatMap((region) =>
      region.stations.map((station) => ({ region, station })),
    );
    const ballot = fc.constantFrom(...places).chain(({ region, station }) => {
      const style = definition.ballotStyles.find(({ id }) => id === station.ballotStyle);
      const answered = fc.subarray([...(style?.contests ?? [])]);
      const selections = answered.chain((ids) =>
        fc.tuple(
          ...ids.map((id) => {
            const contest = election.contests.get(id)?.contest;
            const marked = fc.subarray(
              (contest?.choices ?? []).map((choice) => choice.id),
              { maxLength: contest?.maxSelections ?? 0 },
            );
            return marked.map((choices) => ({ contest: id, choices }));
          }),
        ),
      );
      return fc.record({
        region: fc.constant(region.id),
        station: fc.constant(station.id),
        channel: fc.constantFrom(...channels),
        selections,
      });
    });
    return fc
      .array(ballot, { maxLength: ballotsMax, size: 'max' })
      .map((ballots) => ({ election, ballots: ballots as PlainBallot[] }));
  });

/** Throws with its mistakes, of which a definition made here has none. */
export function compile(definition: unknown): Election {
  const result = parseElection(definition);
  if (!result.ok) throw new Error(JSON.stringify(result.mistakes));
  return result.election;
}
