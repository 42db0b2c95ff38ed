import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { createVoteStore } from '../../functions/adapters/postgres/vote-store.ts';
import { createRecordCounter } from '../../functions/writer/count-records.ts';
import { recordVotes } from '../../functions/writer/record-votes.ts';
import { useDatabase } from '../support/database.ts';
import { testElection } from '../support/election.ts';
import { definitionsOf, encodeAll, testRecord } from '../support/records.ts';

const database = useDatabase();
const election = testElection();
/** The same election, published again without one of its stations. */
const later = testElection({
  version: 2,
  regions: election.definition.regions.map((region) => ({
    ...region,
    stations: region.stations.filter((station) => station.id !== 'n1'),
  })),
});
let pool: ReturnType<typeof createPool>;

beforeAll(() => {
  pool = createPool({ url: database().urlFor('writer'), connectionsMax: 1, applicationName: 'test' });
});
afterAll(() => pool.end());

it('judges a vote by the definition it was accepted under, whatever has been published since', async () => {
  const store = createVoteStore(pool);
  const before = createRecordCounter({ definitions: definitionsOf(election), store });
  const after = createRecordCounter({ definitions: definitionsOf(election, later), store });
  const origin = { source: 'kinesis', shard: 's', firstSequence: '1', lastSequence: '1' } as const;
  const [bytes] = encodeAll([testRecord({ station: 'n1' })]);
  if (bytes === undefined) throw new Error('no record');

  const first = await recordVotes(store, { origin, ...(await before([bytes])) });
  expect(first).toEqual({ recorded: 1, repeated: 0, duplicates: 0, quarantined: 0 });
  await store.register(later);
  const again = await recordVotes(store, { origin, ...(await after([bytes])) });
  expect(again).toEqual({ recorded: 0, repeated: 1, duplicates: 0, quarantined: 0 });
  const underLater = await after(encodeAll([testRecord({ station: 'n1', definition: 2 })]));
  expect(underLater.uncountable.map(({ reason }) => reason)).toEqual(['unknown-station']);
});
