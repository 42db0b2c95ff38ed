import { randomUUID } from 'node:crypto';
import type { Election } from '../../functions/core/election.ts';
import { onlineStationId } from '../../schema/wire/definition.ts';
import type { BallotId, ChoiceId, VoterKey } from '../../schema/wire/ids.ts';
import type { StreamRecord } from '../../schema/wire/record.ts';
import type { Selection } from '../../schema/wire/vote.ts';

/** Whom the votes are for: each choice as often as the next, or the first choice of every contest. */
export type Mix = 'even' | 'hot';

/** Draws votes of a kiosk, at any station of the election, one choice in every contest. */
export function createVoteDrawer(
  election: Election,
): (mix: Mix) => Pick<StreamRecord, 'region' | 'station' | 'selections'> {
  const places = [...election.regions.values()].flatMap(({ region, stations }) =>
    [...stations.values()]
      .filter(({ station }) => station.id !== onlineStationId)
      .map(({ station, contests }) => ({
        region: region.id,
        station: station.id,
        contests: [...contests].map((id) => ({
          id,
          choices: [...(election.contests.get(id)?.choices ?? [])],
        })),
      })),
  );
  return (mix) => {
    const place = places[draw(places.length)];
    if (place === undefined) throw new Error('the election has no station');
    const selections = place.contests.map(({ id, choices }): Selection => {
      const choice = choices[mix === 'hot' ? 0 : draw(choices.length)] as ChoiceId;
      return { contest: id, choices: [choice] };
    });
    return { region: place.region, station: place.station, selections };
  };
}

const draw = (below: number): number => Math.floor(Math.random() * below);

/** Draws records as ingest writes them, each of a voter of its own. */
export function createRecordDrawer(election: Election): (mix: Mix) => StreamRecord {
  const drawVote = createVoteDrawer(election);
  const { election: id, version } = election.definition;
  return (mix) => ({
    v: 1,
    election: id,
    definition: version,
    ballotId: randomUUID() as BallotId,
    // A hash in earnest: as random as this.
    voterKey: randomUUID() as VoterKey,
    ...drawVote(mix),
    channel: 'kiosk',
    acceptedAt: new Date().toISOString(),
  });
}
