import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { formatPass, parsePass } from '../../functions/core/pass.ts';
import { voteBodyBytesMax } from '../../schema/wire/limits.ts';
import { problemSchema } from '../../schema/wire/problem.ts';
import { voteRequest } from '../support/alb.ts';
import {
  closesAt,
  mintPass,
  northKey,
  opensAt,
  southKey,
  testElection,
  testVote,
} from '../support/election.ts';
import { createTestIngest } from '../support/ingest.ts';

const election = testElection();
let ingest: ReturnType<typeof createTestIngest>;
beforeEach(() => {
  ingest = createTestIngest([election]);
});

const cast = (body: unknown) => ingest.send(voteRequest(body));
const kiosk = { channel: 'kiosk', station: 'n1' };

const refusals: readonly [string, number, string, () => unknown][] = [
  ['malformed JSON', 400, 'malformed-json', () => '{"version":1,'],
  ['an empty body', 400, 'malformed-json', () => ''],
  ['invalid UTF-8', 400, 'invalid-utf8', () => Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
  ['an array instead of an object', 400, 'invalid-request', () => [testVote()]],
  ['numbers for strings', 400, 'invalid-request', () => testVote({ region: 7 })],
  ['a string for a number', 400, 'invalid-request', () => testVote({ version: '1' })],
  ['an unknown member', 400, 'invalid-request', () => testVote({ hello: 1 } as never)],
  ['a missing member', 400, 'invalid-request', () => testVote({ pass: undefined })],
  ['a ballot id that is no UUID', 400, 'invalid-request', () => testVote({ ballotId: 'x' })],
  [
    '__proto__ as a member',
    400,
    'invalid-request',
    () => JSON.stringify(testVote()).replace('{', '{"__proto__":{"a":1},'),
  ],
  [
    'constructor as a member',
    400,
    'invalid-request',
    () => JSON.stringify(testVote()).replace('{', '{"constructor":{"prototype":{}},'),
  ],
  ['deep nesting', 400, 'invalid-request', () => `${'['.repeat(7000)}${']'.repeat(7000)}`],
  [
    '16 KiB and one byte',
    413,
    'body-too-large',
    () => JSON.stringify(testVote()).padEnd(voteBodyBytesMax + 1),
  ],
  ['no pass in the right form', 401, 'bad-pass', () => testVote({ pass: 'abc' })],
  ['a truncated pass', 401, 'bad-pass', () => testVote({ pass: mintPass(northKey).slice(0, -1) })],
  [
    'a pass of an unknown key',
    401,
    'bad-pass',
    () => testVote({ pass: `${'A'.repeat(22)}${mintPass(northKey).slice(22)}` }),
  ],
  ['a forged signature', 401, 'bad-pass', () => testVote({ pass: forge(mintPass(northKey)) })],
  [
    'a pass signed by somebody else under our key id',
    401,
    'bad-pass',
    () => testVote({ pass: mintPass(impostor()) }),
  ],
  [
    "another region's pass under our key id",
    401,
    'bad-pass',
    () => testVote({ pass: mintPass({ ...southKey, keyId: northKey.keyId }) }),
  ],
  ['a pass for another region', 403, 'wrong-region', () => testVote({ pass: mintPass(southKey) })],
  ['a region that does not exist', 403, 'wrong-region', () => testVote({ region: 'constructor' })],
  ['a browser that names its station', 403, 'station-not-allowed', () => testVote({ station: 'n1' })],
  ['a browser that states a cast time', 403, 'cast-time-not-allowed', () => testVote({ castAt: opensAt })],
  ['a kiosk without a station', 422, 'station-required', () => testVote({ channel: 'kiosk' })],
  ['an unknown station', 422, 'unknown-station', () => testVote({ channel: 'kiosk', station: 's1' })],
  [
    'a cast time before the opening',
    422,
    'cast-time-out-of-window',
    () => testVote({ ...kiosk, castAt: '2026-11-03T06:59:59Z' }),
  ],
  [
    'a cast time in the future',
    422,
    'cast-time-out-of-window',
    () => testVote({ ...kiosk, castAt: '2026-11-03T13:34:56Z' }),
  ],
  [
    'an unknown contest',
    422,
    'unknown-contest',
    () => testVote({ selections: [{ contest: 'toString', choices: [] }] }),
  ],
  [
    'a contest of another ballot',
    422,
    'contest-not-on-ballot',
    () =>
      testVote({
        region: 'south',
        pass: mintPass(southKey),
        selections: [{ contest: 'council', choices: ['kim'] }],
      }),
  ],
  [
    'a contest answered twice',
    422,
    'contest-twice',
    () =>
      testVote({
        selections: [
          { contest: 'mayor', choices: ['ada'] },
          { contest: 'mayor', choices: [] },
        ],
      }),
  ],
  [
    'an unknown choice',
    422,
    'unknown-choice',
    () => testVote({ selections: [{ contest: 'mayor', choices: ['kim'] }] }),
  ],
  [
    'the same choice twice',
    422,
    'choice-twice',
    () => testVote({ selections: [{ contest: 'council', choices: ['kim', 'kim'] }] }),
  ],
  [
    'too many selections',
    422,
    'too-many-selections',
    () => testVote({ selections: [{ contest: 'mayor', choices: ['ada', 'bob'] }] }),
  ],
];

function forge(pass: string): string {
  const parsed = parsePass(pass);
  if (parsed === null) throw new Error('not a pass');
  const signature = Buffer.from(parsed.signature);
  signature[100] = (signature[100] ?? 0) ^ 1;
  return formatPass({ ...parsed, signature });
}

function impostor() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...northKey, privateKey };
}

describe('a vote that is refused', () => {
  it.each(refusals)('for %s gets %i %s, and nothing reaches the stream', async (_, status, code, make) => {
    const answer = await cast(make());
    expect([answer.status, answer.problem]).toEqual([status, code]);
    expect(problemSchema.parse(answer.json()).detail.length).toBeGreaterThan(20);
    expect(ingest.entries).toEqual([]);
  });

  it('because its election is unknown gets 404, whatever the id looks like', async () => {
    for (const id of ['nothing-here', '__proto__', 'constructor', '%00', '..%2f..', 'A'.repeat(300)]) {
      const answer = await ingest.send(voteRequest(testVote(), id));
      expect([id, answer.status]).toEqual([id, 404]);
    }
  });

  it.each([
    ['before', opensAt, -1, 'not-yet-open'],
    ['after', closesAt, 0, 'closed'],
  ] as const)('because it comes %s the voting time gets 403', async (_, edge, offsetMs, code) => {
    ingest.state.nowMs = Date.parse(edge) + offsetMs;
    expect(await cast(testVote())).toMatchObject({ status: 403, problem: code });
  });

  it('for its content type or content encoding gets 415', async () => {
    const vote = voteRequest(testVote());
    const wrong: Record<string, string>[] = [
      {},
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    ];
    for (const headers of wrong) {
      expect(await ingest.send({ ...vote, headers })).toMatchObject({
        status: 415,
        problem: 'unsupported-media-type',
      });
    }
  });

  it('never has its pass or its selections quoted in the answer or in a log', async () => {
    const secret = 'Zz9secretZz9';
    for (const vote of [
      testVote({ pass: secret }),
      testVote({ selections: [{ contest: secret, choices: [secret] }] }),
      testVote({ [secret]: 1 } as never),
    ]) {
      const answer = await cast(vote);
      expect(answer.body).not.toContain(secret);
    }
    expect(JSON.stringify(ingest.logged)).not.toContain(secret);
  });
});
