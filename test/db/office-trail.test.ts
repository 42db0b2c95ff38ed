import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { createVoteStore } from '../../functions/adapters/postgres/vote-store.ts';
import { createRecordCounter } from '../../functions/writer/count-records.ts';
import { chooseWork, createNote } from '../../lib/admin/archive-command.ts';
import { decideQuarantine, listQuarantine } from '../../lib/admin/quarantine.ts';
import { runQuarantine } from '../../lib/admin/quarantine-verb.ts';
import { readTrail } from '../../lib/admin/trail.ts';
import { electionIdSchema } from '../../schema/wire/ids.ts';
import { type CountedElection, openCountedElection } from '../support/counted-election.ts';
import { testElection } from '../support/election.ts';
import { createFakeOffice, type FakeOffice } from '../support/fake-office.ts';
import { definitionsOf, encodeAll, testRecord } from '../support/records.ts';

const id = electionIdSchema.parse('test-2026');
let election: CountedElection;
let fake: FakeOffice;
beforeEach(async () => {
  election = await openCountedElection(['2026-11-03', '2026-11-04']);
  fake = createFakeOffice({ databaseUrl: election.database.urlFor });
});
afterEach(() => election.close());

const entries = async () =>
  (await readTrail(fake.office.objects)).events.map(({ event }) => [
    event.action,
    event.election,
    event.details,
  ]);

describe('archived days', () => {
  it('are in the trail, each once it is archived, dropped or put back, and none that was refused', async () => {
    await election.record(60);
    await election.record(30, '2026-11-04T12:00:00.000Z');
    await election.fold();
    await election.tamper("update election set opens_at = '2020-01-01', closes_at = '2020-01-02'");
    const note = createNote(fake.office);
    const work = (chosen: Parameters<typeof chooseWork>[0]) => chooseWork(chosen)(election.admin, note);
    await work({ before: '2026-11-05', out: election.file('archive') });
    await work({ drop: '2026-11-03' });
    await expect(work({ drop: '2026-11-03' })).rejects.toThrow('was dropped before');
    await work({ restore: '2026-11-03' });
    const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/);
    const first = { day: '2026-11-03', ballots: 60, sha256 };
    expect(await entries()).toEqual([
      ['ballots.archived', null, first],
      ['ballots.archived', null, { day: '2026-11-04', ballots: 30, sha256 }],
      ['ballots.dropped', null, first],
      ['ballots.restored', null, first],
    ]);
  });
});

describe('quarantine', () => {
  const misplaced = [testRecord({ station: 'n9' }), testRecord({ station: 'n8' })];
  const readAll = async () =>
    (await election.admin.query('select * from quarantine order by quarantine_key')).rows as unknown[];

  beforeEach(async () => {
    const pool = createPool({
      url: election.database.urlFor('writer'),
      connectionsMax: 1,
      applicationName: 'test',
    });
    const store = createVoteStore(pool);
    const count = createRecordCounter({ definitions: definitionsOf(testElection()), store });
    const bytes = [...encodeAll(misplaced), Buffer.from('{ "voterKey": "of nobody" ')];
    const origin = { source: 'kinesis', shard: 's', firstSequence: '3', lastSequence: '5' } as const;
    await store.record({ origin, ...(await count(bytes)) });
    await pool.end();
  });

  const values = { record: [] as string[] };
  const say = async (verb: string, more: object = {}) =>
    runQuarantine(fake.office, verb, { ...values, ...more });

  it('is listed by reason, and by record without anything that one says', async () => {
    expect(await listQuarantine(fake.office)).toMatchObject([
      { election: null, reason: 'malformed-json', records: 1, undecided: 1 },
      { election: id, reason: 'unknown-station', records: 2, undecided: 2 },
    ]);
    const said = [
      await say('list'),
      await say('list', { reason: 'unknown-station' }),
      await say('list', { reason: 'malformed-json' }),
    ];
    const text = said.map((one) => one.text + JSON.stringify(one.json)).join('');
    expect(text).toMatch(/test-2026 {2}unknown-station {2}2 records, 2 without a decision/);
    for (const { voterKey, ballotId } of misplaced)
      for (const secret of [
        voterKey,
        ballotId,
        'mayor',
        'council',
        'kim',
        'of nobody',
        Buffer.from(voterKey).toString('hex'),
      ])
        expect(text).not.toContain(secret);
  });

  it('has decisions noted with their reason, of what nobody has decided, and nothing in it changes', async () => {
    const before = await readAll();
    const decide = {
      reason: 'unknown-station',
      decision: 'count',
      because: 'The station was left out by mistake.',
    };
    expect((await say('decide', decide)).json).toMatchObject({ records: 2 });
    expect((await say('decide', decide)).json).toMatchObject({ records: 0 });
    expect((await say('list')).json).toMatchObject({
      groups: [{ undecided: 1 }, { election: id, records: 2, undecided: 0 }],
    });
    expect(await entries()).toEqual([
      [
        'quarantine.decided',
        id,
        {
          reason: 'unknown-station',
          decision: 'count',
          because: decide.because,
          records: [expect.stringMatching(/^[0-9a-f]{64}$/), expect.stringMatching(/^[0-9a-f]{64}$/)],
        },
      ],
    ]);
    expect(await readAll()).toEqual(before);
  });

  it('has single records decided, again too: the last decision stands', async () => {
    const { json } = await say('list', { reason: 'unknown-station', election: id });
    const [{ key } = { key: '' }] = json['records'] as { key: string }[];
    const one = { reason: 'unknown-station', election: id, keys: [key] };
    await decideQuarantine(fake.office, { ...one, decision: 'count', because: 'At first.' });
    await decideQuarantine(fake.office, { ...one, decision: 'reject', because: 'On second thoughts.' });
    const { text } = await say('list', { reason: 'unknown-station' });
    expect(text).toContain(`${key}  test-2026  `);
    expect(text).toMatch(/reject, the clerk: On second thoughts\./);
    expect(text).toContain('no decision');
    expect(await listQuarantine(fake.office)).toMatchObject([{}, { records: 2, undecided: 1 }]);
  });

  it('takes no decision that says less, or is of what is not there', async () => {
    const decide = { reason: 'unknown-station', decision: 'count', because: 'So.' };
    for (const [more, said] of [
      [{ reason: undefined }, '--reason'],
      [{ decision: 'delete' }, '--decision: count or reject'],
      [{ because: ' ' }, '--because'],
      [{ because: 'two\nlines' }, '--because'],
      [{ record: ['00'] }, '00 is not in quarantine as unknown-station'],
    ] as const)
      await expect(say('decide', { ...decide, ...more })).rejects.toThrow(said);
    await expect(say('delete')).rejects.toThrow('quarantine list');
    expect(await entries()).toEqual([]);
  });
});
