import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Delivery, deliverVotes } from '../../../lib/admin/deliver-votes.ts';
import { publicHalf } from '../../../lib/admin/keys.ts';
import { openKioskFile } from '../../../lib/admin/kiosk-file.ts';
import { needPublished } from '../../../lib/admin/publish.ts';
import { registerKiosk } from '../../../lib/admin/register-kiosks.ts';
import type { Definition } from '../../../schema/wire/definition.ts';
import type { VoteRequest } from '../../../schema/wire/vote.ts';
import { createFakeOffice, draftOf, type FakeOffice, publishNow } from '../../support/fake-office.ts';
import { makeKiosk } from '../../support/kiosk.ts';
import { type SavedVotes, sealVotes } from '../../support/kiosk-file.ts';
import { mayorVote } from '../../support/office.ts';

const id = 'town-2026';
const kiosk = makeKiosk();
let fake: FakeOffice;
let definition: Definition;
let credential: string;
beforeEach(async () => {
  fake = createFakeOffice();
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const open = draftOf(id, (text) =>
    text
      .replace(/"opensAt": "[^"]*"/, `"opensAt": "${day(-1)}T07:00"`)
      .replace(/"closesAt": "[^"]*"/, `"closesAt": "${day(2)}T20:00"`),
  );
  await publishNow(fake.office, open);
  ({ definition } = await needPublished(fake.office, id));
  const place = { election: id, region: 'north', station: 'n-01', days: null };
  ({ credential } = await registerKiosk(fake.office, { ...place, key: kiosk.key }, Date.now()));
});

const votesOf = (count: number): VoteRequest[] =>
  Array.from(
    { length: count },
    () => mayorVote('p'.repeat(400), { channel: 'kiosk', station: 'n-01' }) as unknown as VoteRequest,
  );
const officeKey = () => definition.officeKeys?.[0] ?? { keyId: '', spki: '' };
const save = (changes: Partial<SavedVotes> = {}) =>
  sealVotes({ kiosk, credential, election: id, officeKey: officeKey(), votes: votesOf(2), ...changes });
const open = async (file: unknown) => openKioskFile(fake.office, JSON.stringify(await file));
/** As `name` says, and with nothing of the votes in what is said. */
async function refusal(file: unknown): Promise<string> {
  const error = await open(file).then(
    () => new Error('opened'),
    (failure: Error) => failure,
  );
  expect(error.message).not.toContain('ada');
  return error.message;
}

describe('a file that a kiosk saved', () => {
  it('is opened by the office, and says of whom it is', async () => {
    const votes = votesOf(3);
    const [first] = votes;
    const refused = { [first?.ballotId ?? '']: 'unknown-choice' };
    expect(await open(save({ votes, refused }))).toMatchObject({
      election: id,
      kiosk: kiosk.id,
      region: 'north',
      station: 'n-01',
      savedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      votes,
      unusable: 0,
      refused: { 'unknown-choice': 1 },
    });
  });

  it('keeps its good votes where others are none', async () => {
    const [vote] = votesOf(1);
    expect(await open(save({ votes: [{}, vote, 7] }))).toMatchObject({ votes: [vote], unusable: 2 });
  });

  it('is refused where it is none, was changed, is another kiosk’s, or another office’s', async () => {
    const good = await save();
    const stranger = makeKiosk();
    const other = createFakeOffice();
    await publishNow(other.office, draftOf(id));
    const foreign = (await needPublished(other.office, id)).definition.officeKeys?.[0] ?? officeKey();
    const place = { election: id, region: 'north', station: 'n-01', days: null, key: stranger.key };
    const forged = await registerKiosk(other.office, place, Date.now());
    const [head = '', key, nonce, text = '', tag] = good.sealed.split('.');
    const flipped = `${text.slice(0, 9)}${text[9] === 'A' ? 'B' : 'A'}${text.slice(10)}`;
    const cases: [file: unknown, said: RegExp][] = [
      [{}, /is no file that a kiosk saved/],
      [{ ...good, more: 1 }, /is no file that a kiosk saved/],
      [{ ...good, sealed: [head, key, nonce, flipped, tag].join('.') }, /was changed after kiosk/],
      [{ ...good, sealed: (await save()).sealed }, /was changed after kiosk/],
      [save({ kiosk: stranger }), /is not from a kiosk that was registered/],
      [save({ kiosk: stranger, credential: forged.credential }), /is not from a kiosk that was registered/],
      [save({ officeKey: foreign }), /cannot be opened with the keys that are here/],
      [save({ algorithm: 'RSA-OAEP' }), /cannot be opened with the keys that are here/],
      [save({ votes: [] }), /has no votes in it/],
      [save({ votes: [{}, 7] }), /has no votes in it/],
    ];
    for (const [file, said] of cases) expect(await refusal(await file)).toMatch(said);
    await expect(openKioskFile(fake.office, 'x{')).rejects.toThrow('is no file that a kiosk saved');
    expect((await open(good)).votes).toHaveLength(2);
  });

  it('is opened by one key, which never leaves the office', async () => {
    const pem = fake.secrets.get(`office-keys/${id}`) ?? '';
    expect(publicHalf(pem)).toEqual(officeKey());
    expect([...fake.objects.values()].join()).not.toContain('PRIVATE');
    fake.secrets.delete(`office-keys/${id}`);
    expect(await refusal(await save())).toMatch(/the key of town-2026 that opens kiosks’ files is not there/);
  });
});

describe('delivering what a kiosk saved', () => {
  type Answer = (votes: readonly VoteRequest[], attempt: number) => { status: number; body: unknown } | null;
  let server: Server;
  let requests: VoteRequest[][];
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const accepted = ({ ballotId }: VoteRequest) => ({
    status: 'accepted',
    receipt: { receiptId: 'r'.repeat(43), election: id, ballotId },
    acceptedAt: '2026-11-03T12:00:00.000Z',
  });
  const problem = (code: string, status: number) => ({
    type: `urn:ballotstream:problem:${code}`,
    title: 'No',
    status,
    detail: 'no',
  });
  const refused = (code: string, status = 422) => ({ status: 'refused', problem: problem(code, status) });

  async function deliver(votes: readonly VoteRequest[], answer: Answer): Promise<Delivery> {
    requests = [];
    server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const sent = (JSON.parse(Buffer.concat(pieces).toString()) as { votes: VoteRequest[] }).votes;
        requests.push(sent);
        const said = answer(sent, requests.length);
        if (said === null) request.socket.destroy();
        else response.writeHead(said.status).end(JSON.stringify(said.body));
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const opened = await open(save({ votes }));
    return deliverVotes(fake.office, opened, { endpoint, onProgress: () => {}, pause: async () => {} });
  }
  const results = (list: readonly unknown[]) => ({ status: 200, body: { results: list } });

  it('repeats what nothing final was said of, in whichever way, and nothing else', async () => {
    const votes = votesOf(4);
    const [a, b, c, d] = votes as [VoteRequest, VoteRequest, VoteRequest, VoteRequest];
    const answers: ReturnType<Answer>[] = [
      null,
      { status: 503, body: problem('not-durable', 503) },
      { status: 502, body: 'a proxy' },
      results([accepted(a), refused('not-durable', 503), accepted(b), refused('rate-limited', 429)]),
      results([refused('unknown-choice'), accepted(c), accepted(d)]),
    ];
    const outcome = await deliver(votes, (_, attempt) => answers[attempt - 1] ?? results([]));
    expect(outcome).toMatchObject({ accepted: 3, refused: { 'unknown-choice': 1 }, unanswered: 0 });
    expect(requests.map((sent) => sent.map(({ ballotId }) => ballotId))).toEqual([
      ...Array.from({ length: 4 }, () => votes.map(({ ballotId }) => ballotId)),
      [b, c, d].map(({ ballotId }) => ballotId),
    ]);
  });

  it('gives up on a service that stays away, and says how many votes are left', async () => {
    const outcome = await deliver(votesOf(150), () => null);
    expect(outcome).toMatchObject({ accepted: 0, refused: {}, unanswered: 150 });
    expect(requests.map((sent) => sent.length)).toEqual(Array.from({ length: 8 }, () => 100));
  });

  it('sends all of them, in pieces that the API takes', async () => {
    const large = {
      selections: [{ contest: 'mayor', choices: Array.from({ length: 100 }, () => 'a'.repeat(60)) }],
    };
    const votes = [...votesOf(230), ...votesOf(120).map((vote) => ({ ...vote, ...large }))] as VoteRequest[];
    const outcome = await deliver(votes, (sent) => results(sent.map(accepted)));
    expect(outcome).toMatchObject({ accepted: 350, refused: {}, unanswered: 0 });
    expect(requests.flat().map(({ ballotId }) => ballotId)).toEqual(votes.map(({ ballotId }) => ballotId));
    for (const sent of requests) {
      expect(sent.length).toBeLessThanOrEqual(100);
      expect(Buffer.byteLength(JSON.stringify({ version: 1, votes: sent }))).toBeLessThan(1024 * 1024);
    }
  });

  it('tells the trail beforehand who brings which file', async () => {
    const outcome = await deliver(votesOf(1), (sent) => results(sent.map(accepted)));
    const last = [...fake.objects.entries()].filter(([key]) => key.startsWith('audit/')).at(-1)?.[1] ?? '{}';
    expect(JSON.parse(last)).toMatchObject({
      action: 'kiosk.registered',
      details: { kiosk: outcome.courier, station: 'n-01', file: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });
});
