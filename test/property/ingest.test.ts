import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBallotFault } from '../../functions/core/ballot-rules.ts';
import { fingerprintPass } from '../../functions/core/pass.ts';
import { problemSchema } from '../../schema/wire/problem.ts';
import { streamRecordSchema } from '../../schema/wire/record.ts';
import { albEvent, voteRequest } from '../support/alb.ts';
import { mintPass, northKey, southKey, testElection, testVote } from '../support/election.ts';
import { createTestIngest, toAnswer } from '../support/ingest.ts';

const election = testElection();
const rejections: unknown[] = [];
const onRejection = (reason: unknown) => rejections.push(reason);
beforeAll(() => process.on('unhandledRejection', onRejection));
afterAll(() => {
  process.off('unhandledRejection', onRejection);
  expect(rejections).toEqual([]);
});

/** Passes cost 0.3 ms each: a few are enough, since what varies is everything else. */
const passes = [...Array.from({ length: 4 }, () => mintPass(northKey)), mintPass(southKey)];

const oddKeys = fc.constantFrom(
  '__proto__',
  'constructor',
  'toString',
  'pass',
  'selections',
  '',
  '\u0000',
  'version',
);
const oddValues = fc.oneof(
  fc.constantFrom(
    null,
    true,
    -1,
    Number.POSITIVE_INFINITY,
    '',
    '__proto__',
    'north',
    'online',
    '1970-01-01T00:00:00Z',
    [],
    {},
    [[]],
    'x'.repeat(2000),
  ),
  fc.jsonValue({ maxDepth: 4 }),
);

const validVote = fc
  .record({
    region: fc.constantFrom('north', 'south'),
    channel: fc.constantFrom('browser', 'kiosk'),
    station: fc.constantFrom(undefined, 'n1', 'online', 's1'),
    pass: fc.constantFrom(...passes),
    selections: fc.array(
      fc.record({
        contest: fc.constantFrom('mayor', 'council', 'bridge', 'nothing'),
        choices: fc.array(fc.constantFrom('ada', 'bob', 'kim', 'lee', 'mo', 'yes', 'no'), { maxLength: 3 }),
      }),
      { maxLength: 4 },
    ),
  })
  .map((changes) => testVote(changes));

/** A vote with one member, somewhere in it, replaced, removed or added. */
const mutatedVote = fc
  .tuple(validVote, fc.nat(), oddKeys, oddValues, fc.constantFrom('replace', 'remove', 'add'))
  .map(mutate);

function mutate([vote, where, key, value, how]: [
  Record<string, unknown>,
  number,
  string,
  unknown,
  string,
]): string {
  const copy = JSON.parse(JSON.stringify(vote)) as Record<string, unknown>;
  const places: [Record<string, unknown>, string][] = [];
  const walk = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return;
    for (const name of Object.keys(node)) {
      places.push([node as Record<string, unknown>, name]);
      walk((node as Record<string, unknown>)[name]);
    }
  };
  walk(copy);
  const [node, name] = places[where % places.length] ?? [copy, 'version'];
  if (how === 'replace') node[name] = value;
  if (how === 'remove') delete node[name];
  if (how === 'add')
    Object.defineProperty(node, key, { value, enumerable: true, configurable: true, writable: true });
  return JSON.stringify(copy);
}

/** The bytes of a vote with some of them changed, cut off or doubled. */
const mutatedBytes = fc
  .tuple(validVote, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), fc.nat())
  .map(([vote, changes, cut]) => {
    const bytes = Buffer.from(JSON.stringify(vote));
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes;
  });

async function expectSaneAnswer(
  request: Parameters<typeof albEvent>[0],
  shape: 'single' | 'multi',
): Promise<number> {
  const ingest = createTestIngest([election]);
  const answer = toAnswer(await ingest.handle(albEvent(request, shape)));
  expect(answer.status).toBeLessThan(500);
  if (request.method === 'HEAD') expect(answer.body).toBe('');
  else if (answer.status >= 400) problemSchema.parse(answer.json());
  const accepted = answer.status === 202 || request.path.endsWith('/batch');
  if (!accepted) expect(ingest.entries).toEqual([]);
  for (const { data } of ingest.entries) {
    const record = streamRecordSchema.parse(JSON.parse(data.toString()));
    const station = election.regions.get(record.region)?.stations.get(record.station);
    expect(station && findBallotFault(election, station, record.selections)).toBeNull();
  }
  return answer.status;
}

const shapes = fc.constantFrom('single' as const, 'multi' as const);

describe('whatever is sent to ingest', () => {
  it('as a vote with something wrong in it gets a 4xx or is a valid ballot, and never a 5xx', async () => {
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          mutatedVote,
          mutatedBytes,
          validVote.map((vote) => JSON.stringify(vote)),
        ),
        shapes,
        async (body, shape) => {
          const status = await expectSaneAnswer(voteRequest(body), shape);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        },
      ),
      { numRuns: 4000 },
    );
    // A generator that reaches only one kind of answer would prove nothing.
    expect([...statuses.keys()].sort()).toEqual(expect.arrayContaining([202, 400, 401, 403, 422]));
  });

  it('with any word on its pass is accepted only with the right one, or none', async () => {
    const words = fc.oneof(
      fc.constantFrom(...passes.map(fingerprintPass)),
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^[A-Za-z0-9_-]{16}$/),
    );
    const statuses = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(words, { maxLength: 3 }), fc.constantFrom(...passes), async (said, pass) => {
        const ingest = createTestIngest([election]);
        const region = pass === passes.at(-1) ? 'south' : 'north';
        const request = voteRequest(JSON.stringify(testVote({ pass, region, selections: [] })));
        const event = albEvent(request, 'multi');
        if (said.length > 0) Object.assign(event.multiValueHeaders ?? {}, { 'pass-fingerprint': said });
        const { status, problem } = toAnswer(await ingest.handle(event));
        const isRight = said.length === 0 || (said.length === 1 && said[0] === fingerprintPass(pass));
        expect([status, problem]).toEqual(isRight ? [202, null] : [400, 'fingerprint-mismatch']);
        expect([ingest.entries.length, ingest.verified.passes]).toEqual(isRight ? [1, 1] : [0, 0]);
        statuses.set(`${status} ${said.length}`, (statuses.get(`${status} ${said.length}`) ?? 0) + 1);
      }),
      { numRuns: 1000 },
    );
    expect([...statuses.keys()]).toEqual(
      expect.arrayContaining(['202 0', '202 1', '400 1', '400 2', '400 3']),
    );
  });

  it('as a batch never gets a 5xx, and only valid ballots reach the stream', async () => {
    const votes = fc.array(
      fc.oneof(
        mutatedVote.map((text) => JSON.parse(text) as unknown),
        oddValues,
      ),
      { maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(votes, shapes, async (batch, shape) => {
        const request = voteRequest({ version: 1, votes: batch });
        await expectSaneAnswer({ ...request, path: '/v1/elections/test-2026/votes/batch' }, shape);
      }),
      { numRuns: 500 },
    );
  });

  it('as any method, path, query, header and body at all gets an answer below 500', async () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }));
    const path = fc.oneof(
      text,
      text.map((tail) => `/${tail}`),
      text.map((tail) => `/v1/elections/${tail}`),
      fc.webPath(),
    );
    const names = fc.constantFrom(
      'content-type',
      'content-encoding',
      'if-none-match',
      'host',
      'authorization',
      'pass-fingerprint',
      'x-forwarded-for',
      '__proto__',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          method: fc.oneof(fc.constantFrom('GET', 'HEAD', 'POST', 'OPTIONS', 'TRACE', 'CONNECT'), text),
          path,
          query: fc.dictionary(text, text, { maxKeys: 3 }),
          headers: fc.dictionary(fc.oneof(names, text), fc.oneof(fc.constant('application/json'), text), {
            maxKeys: 4,
          }),
          body: fc.oneof(
            text,
            fc.uint8Array().map((bytes) => Buffer.from(bytes)),
          ),
        }),
        shapes,
        async (request, shape) => {
          await expectSaneAnswer(request, shape);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
