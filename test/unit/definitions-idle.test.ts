import { beforeEach, describe, expect, it } from 'vitest';
import { createDefinitionSource, type PublishedDefinitions } from '../../functions/adapters/definitions.ts';
import { electionIdSchema, kioskIdSchema } from '../../schema/wire/ids.ts';
import { testDefinition } from '../support/election.ts';
import { createFakeS3, type FakeS3 } from '../support/fake-s3.ts';

const id = electionIdSchema.parse('test-2026');
const pointer = 'elections/test-2026/latest.json';
const object = (version: number) => `elections/test-2026/v${version}.json`;
/** Longer than an answer is good, and shorter than one is served before the store is asked. */
const laterMs = 10_000;
/** Lambda held the environment still: nobody voted here for a while. */
const idleMs = 40_000;

let nowMs: number;
let s3: FakeS3;
let source: PublishedDefinitions;
beforeEach(async () => {
  nowMs = 1_000_000;
  s3 = createFakeS3('bucket');
  source = createDefinitionSource({ s3: s3.client, bucket: 'bucket', clock: () => nowMs, log: () => {} });
  s3.publish(testDefinition());
  await source.get(id);
  s3.asked.length = 0;
});

type Held = ReturnType<FakeS3['hold']>;
const versionOf = async () => (await source.get(id))?.definition.version;
/** Lets a look that nobody waits for come to its end. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('an instance that was idle', () => {
  it('asks before it answers anybody, once for all who wait', async () => {
    s3.publish(testDefinition({ version: 2 }));
    nowMs += idleMs;
    const elections = await Promise.all(Array.from({ length: 50 }, () => source.get(id)));
    expect(new Set(elections.map((election) => election?.definition.version))).toEqual(new Set([2]));
    expect(s3.asked).toEqual([pointer, object(2)]);
  });

  it('knows the kiosks that were revoked meanwhile with its first answer', async () => {
    const kiosk = kioskIdSchema.parse('A'.repeat(22));
    const list = { schema: 'ballotstream/kiosk-revocations/1', election: id, version: 1, kiosks: [kiosk] };
    s3.put('elections/test-2026/revoked-kiosks-1.json', JSON.stringify(list));
    s3.put(pointer, JSON.stringify({ version: 1, kioskRevocations: 1 }));
    nowMs += idleMs;
    await source.get(id);
    expect(source.isRevoked(id, kiosk)).toBe(true);
  });

  it.each([
    [
      'before anybody asks',
      async (held: Held) => {
        held.release();
        await settle();
        return versionOf();
      },
    ],
    [
      'while somebody waits',
      (held: Held) => {
        const waiting = versionOf();
        held.release();
        return waiting;
      },
    ],
    [
      'after a later one',
      async (held: Held) => {
        s3.hold().release();
        const version = await versionOf();
        held.release();
        await settle();
        return version;
      },
    ],
  ])('takes nothing from a look that began before it was held still, and ends %s', async (_, end) => {
    nowMs += laterMs;
    const held = s3.hold();
    expect(await versionOf()).toBe(1);
    nowMs += idleMs;
    s3.publish(testDefinition({ version: 2 }));
    expect(await end(held)).toBe(2);
    s3.asked.length = 0;
    expect(await versionOf()).toBe(2);
    expect(s3.asked).toEqual([]);
  });

  it('asks again at once where its connections were closed meanwhile, and a few times at most', async () => {
    s3.publish(testDefinition({ version: 2 }));
    nowMs += idleMs;
    const closed = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    s3.failNext(2, closed);
    expect(await versionOf()).toBe(2);
    nowMs += idleMs;
    s3.failure = closed;
    s3.asked.length = 0;
    expect(await versionOf()).toBe(2);
    expect(s3.asked).toEqual([pointer, pointer, pointer]);
  });

  it('asks at once when its clock was set back, and not for an hour after', async () => {
    s3.publish(testDefinition({ version: 2 }));
    nowMs -= 3_600_000;
    expect(await versionOf()).toBe(2);
    s3.asked.length = 0;
    expect(await versionOf()).toBe(2);
    expect(s3.asked).toEqual([]);
  });
});

describe('an instance that is busy', () => {
  it('waits for nothing, however often it is asked, while it looks after what is newest beside', async () => {
    const answers: (number | undefined)[] = [];
    for (let second = 0; second < 60; second += 1) {
      nowMs += 1_000;
      if (second === 30) s3.publish(testDefinition({ version: 2 }));
      const held = s3.hold();
      // Answered while the store is still thinking.
      answers.push(await versionOf());
      held.release();
      await settle();
    }
    expect(s3.asked.filter((key) => key === pointer)).toHaveLength(10);
    expect(answers.indexOf(2)).toBeGreaterThan(30);
    expect(answers.indexOf(2)).toBeLessThanOrEqual(37);
  });
});
