import { beforeEach, describe, expect, it } from 'vitest';
import { createDefinitionSource, type PublishedDefinitions } from '../../functions/adapters/definitions.ts';
import { UnavailableError } from '../../functions/core/errors.ts';
import type { LogCode } from '../../functions/core/ports.ts';
import { type ElectionId, electionIdSchema } from '../../schema/wire/ids.ts';
import { testDefinition } from '../support/election.ts';
import { createFakeS3, type FakeS3 } from '../support/fake-s3.ts';

const id = electionIdSchema.parse('test-2026');
const pointer = 'elections/test-2026/latest.json';
const object = (version: number) => `elections/test-2026/v${version}.json`;
/** Longer than an answer is good, and shorter than one is served before the store is asked. */
const laterMs = 10_000;
/** Longer than one is served before the store is asked: test/unit/definitions-idle.test.ts. */
const idleMs = 40_000;

let nowMs: number;
let logged: LogCode[];
let s3: FakeS3;
let source: PublishedDefinitions;
beforeEach(() => {
  nowMs = 1_000_000;
  logged = [];
  s3 = createFakeS3('bucket');
  source = createDefinitionSource({
    s3: s3.client,
    bucket: 'bucket',
    clock: () => nowMs,
    log: (code) => logged.push(code),
  });
  s3.publish(testDefinition());
});

const publish = (version: number, changes: Record<string, unknown> = {}) =>
  s3.publish(testDefinition({ version, ...changes }));
const versionOf = async (electionId: ElectionId = id) =>
  (await source.get(electionId))?.definition.version ?? null;
/** Lets a refresh that nobody waits for come to its end. */
const idle = () => new Promise((resolve) => setImmediate(resolve));

describe('a published definition', () => {
  it('is fetched once and then answered from memory, as the same object', async () => {
    const first = await source.get(id);
    expect(first?.definition).toEqual(testDefinition());
    expect(await source.get(id)).toBe(first);
    expect(s3.asked).toEqual([pointer, object(1)]);
    expect(source.loaded()).toEqual([{ election: id, version: 1 }]);
    expect(logged).toEqual(['definition.loaded']);
  });

  it('is fetched once for all who ask at the same time', async () => {
    const elections = await Promise.all(Array.from({ length: 50 }, () => source.get(id)));
    expect(new Set(elections).size).toBe(1);
    expect(s3.asked).toEqual([pointer, object(1)]);
  });

  it('is looked after when it is no longer fresh, while the known one answers at once', async () => {
    await source.get(id);
    publish(2);
    nowMs += laterMs;
    expect(await versionOf()).toBe(1);
    await idle();
    expect(await versionOf()).toBe(2);
  });

  it('is the same object as before when a look finds nothing new', async () => {
    const first = await source.get(id);
    nowMs += laterMs;
    await source.get(id);
    await idle();
    expect(await source.get(id)).toBe(first);
    expect(s3.asked).toEqual([pointer, object(1), pointer]);
  });
});

describe('a certain version of a definition', () => {
  it('stays what it was when newer ones are published, and is fetched once', async () => {
    publish(2, { name: 'Renamed' });
    const [first, again] = await Promise.all([source.at(id, 1), source.at(id, 1)]);
    expect(first?.definition).toEqual(testDefinition());
    expect(again).toBe(first);
    expect(await source.at(id, 1)).toBe(first);
    expect((await source.at(id, 2))?.definition.name).toBe('Renamed');
    expect(s3.asked).toEqual([object(1), object(2)]);
  });

  it('is the same object as the latest, where it is that', async () => {
    expect(await source.at(id, 1)).toBe(await source.get(id));
  });

  it('is not there until it is published, and is looked for each time', async () => {
    expect(await source.at(id, 2)).toBeNull();
    publish(2);
    expect((await source.at(id, 2))?.definition.version).toBe(2);
  });

  it('is there although nothing names it the latest any more', async () => {
    s3.put(pointer, '{}');
    expect((await source.at(id, 1))?.definition.version).toBe(1);
  });
});

describe('an election that nobody published', () => {
  const nobody = electionIdSchema.parse('nobody');

  it('is not there, and the answer is kept for a while', async () => {
    expect(await source.get(nobody)).toBeNull();
    expect(await source.get(nobody)).toBeNull();
    expect(s3.asked).toEqual(['elections/nobody/latest.json']);
    expect(source.loaded()).toEqual([]);
    nowMs += laterMs;
    s3.publish(testDefinition({ election: nobody }));
    expect(await versionOf(nobody)).toBe(1);
  });

  it('fills no memory, however many there are', async () => {
    const names = Array.from({ length: 1_000 }, (_, index) => electionIdSchema.parse(`made-up-${index}`));
    for (const name of names) expect(await source.get(name)).toBeNull();
    s3.asked.length = 0;
    for (const name of names.slice(-100)) await source.get(name);
    expect(s3.asked).toEqual([]);
    for (const name of names.slice(0, 100)) await source.get(name);
    expect(s3.asked.length).toBe(100);
  });
});

describe('while the object store is down', () => {
  beforeEach(async () => {
    await source.get(id);
    s3.failure = new Error('connect ECONNREFUSED');
    s3.asked.length = 0;
  });

  it('what is in memory is served, however old, after the store was asked', async () => {
    for (const gapMs of [laterMs, idleMs, 100 * idleMs]) {
      s3.asked.length = 0;
      logged.length = 0;
      nowMs += gapMs;
      expect(await versionOf()).toBe(1);
      await idle();
      expect([s3.asked, logged]).toEqual([[pointer], ['definition.stale']]);
      expect(await versionOf()).toBe(1);
      expect(s3.asked).toEqual([pointer]);
    }
  });

  it('it is asked no more often than while it is up, and that is logged as often', async () => {
    logged.length = 0;
    for (let second = 0; second < 30; second++) {
      nowMs += 1_000;
      await Promise.all(Array.from({ length: 20 }, () => source.get(id)));
      await idle();
    }
    expect(s3.asked.length).toBeLessThanOrEqual(10);
    expect(logged.length).toBe(s3.asked.length);
  });

  it('what is not in memory is unavailable, which is not the same as absent', async () => {
    const other = electionIdSchema.parse('other');
    await expect(source.get(other)).rejects.toBeInstanceOf(UnavailableError);
    await expect(source.at(id, 2)).rejects.toBeInstanceOf(UnavailableError);
    await expect(source.list()).rejects.toBeInstanceOf(UnavailableError);
    s3.failure = null;
    expect(await source.get(other)).toBeNull();
  });

  it('an election that was absent is unavailable once that answer is old', async () => {
    s3.failure = null;
    const other = electionIdSchema.parse('other');
    await source.get(other);
    s3.failure = new Error('down');
    expect(await source.get(other)).toBeNull();
    nowMs += laterMs;
    await expect(source.get(other)).rejects.toBeInstanceOf(UnavailableError);
  });

  it('it is found well again', async () => {
    nowMs += laterMs;
    await source.get(id);
    await idle();
    s3.failure = null;
    publish(2);
    nowMs += laterMs;
    await source.get(id);
    await idle();
    expect(await versionOf()).toBe(2);
  });
});

describe('a definition that cannot be used', () => {
  const spoilt = (text: string) => () => {
    publish(2);
    s3.put(object(2), text);
  };

  it.each<[string, () => void]>([
    ['has a mistake', () => publish(2, { timeZone: 'Mars' })],
    ['is no JSON', spoilt('{')],
    ['is not there', () => s3.put(pointer, '{"version":2}')],
    ['is of another election', spoilt(JSON.stringify(testDefinition({ version: 2, election: 'x' })))],
    ['is of another version', spoilt(JSON.stringify(testDefinition({ version: 3 })))],
    ['is named by nothing that is a version', () => s3.put(pointer, '{"version":"2"}')],
    ['is named by a pointer that is no JSON', () => s3.put(pointer, '')],
  ])('since it %s is never served: the one before stays', async (_, spoil) => {
    const first = await source.get(id);
    spoil();
    nowMs += laterMs;
    await source.get(id);
    await idle();
    expect(await source.get(id)).toBe(first);
    expect(source.loaded()).toEqual([{ election: id, version: 1 }]);
    expect(logged).toContain('definition.stale');
  });

  it('and has none before it makes the election unavailable, which is not the same as absent', async () => {
    s3.publish(testDefinition({ timeZone: 'Mars' }));
    await expect(source.get(id)).rejects.toBeInstanceOf(UnavailableError);
    expect(logged).toEqual(['definition.invalid']);
    s3.publish(testDefinition({ version: 2 }));
    expect(await versionOf()).toBe(2);
  });
});

describe('the list of elections', () => {
  it('is complete over several pages, without what is no election', async () => {
    const names = Array.from({ length: 25 }, (_, index) => `e-${String(index).padStart(2, '0')}`);
    for (const name of names) s3.publish(testDefinition({ election: name }));
    s3.put('elections/Not An Id/latest.json', '{}');
    s3.put('other/e-99/latest.json', '{}');
    s3.pageSize = 10;
    expect((await source.list()).sort()).toEqual([...names, 'test-2026']);
    expect(s3.asked).toEqual(['list', 'list 10', 'list 20']);
  });

  it('is empty in an empty bucket', async () => {
    const empty = createDefinitionSource({
      s3: createFakeS3('bucket').client,
      bucket: 'bucket',
      clock: () => 0,
      log: () => {},
    });
    expect(await empty.list()).toEqual([]);
  });
});
