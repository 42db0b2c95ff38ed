import { describe, expect, it } from 'vitest';
import {
  answerMsMax,
  fails,
  hangs,
  hangsButStores,
  losesReply,
  startCommit,
  stores,
  throttles,
} from '../support/commit-harness.ts';
import { type Call, makeEntries, makeEntry } from '../support/commit-model.ts';

const sizes = (calls: readonly Call[]) => calls.map((call) => call.entries.length);

describe('group commit, while the stream is well', () => {
  it('sends one entry at once, as a call of its own', async () => {
    const { time, stream, witness } = startCommit();
    const putAtMs = time.clock();
    const told = witness.put(makeEntry());
    await time.settle();
    expect(stream.calls.map((call) => call.startedAtMs)).toEqual([putAtMs]);
    await time.advance(10);
    expect([told.outcome, told.toldAtMs - putAtMs]).toEqual(['stream', 10]);
  });

  it('resolves nothing before the reply for that very entry is there', async () => {
    const { time, witness } = startCommit({ stream: () => stores(50) });
    const told = witness.put(makeEntry());
    await time.advance(49);
    expect(told.outcome).toBeNull();
    await time.advance(1);
    expect(told.outcome).toBe('stream');
  });

  it('sends what is put in the same turn together', async () => {
    const { time, stream, witness } = startCommit();
    for (const entry of makeEntries(7)) witness.put(entry);
    await time.runOut(1_000);
    expect(sizes(stream.calls)).toEqual([7]);
  });

  it('sends what arrives during a call together in the next one, in order', async () => {
    const { time, stream, witness } = startCommit({ stream: () => stores(50) });
    witness.put(makeEntry());
    await time.advance(5);
    const later = makeEntries(20);
    for (const entry of later) {
      witness.put(entry);
      await time.advance(1);
    }
    expect(stream.calls.length).toBe(1);
    await time.runOut(1_000);
    expect(sizes(stream.calls)).toEqual([1, 20]);
    expect(stream.calls[1]?.entries).toEqual(later);
    expect(witness.faults(answerMsMax)).toEqual([]);
  });

  it('never sends more than 500 entries in a call', async () => {
    const { time, stream, witness } = startCommit({ stream: () => stores(50) });
    for (const entry of makeEntries(1_301)) witness.put(entry);
    await time.runOut(1_000);
    expect(sizes(stream.calls)).toEqual([500, 500, 301]);
    expect(witness.faults(answerMsMax)).toEqual([]);
  });

  it('never sends more than 10 MiB in a call, partition keys counted', async () => {
    const { time, stream, witness } = startCommit();
    const limit = 10 * 1024 * 1024;
    // Ten entries fill a call to the byte; without counting the keys eleven would fit.
    for (const entry of makeEntries(20, limit / 10 - 36)) witness.put(entry);
    for (const entry of makeEntries(10, limit / 10 - 35)) witness.put(entry);
    await time.runOut(1_000);
    const bytes = stream.calls.map((call) =>
      call.entries.reduce((sum, { data, partitionKey }) => sum + data.length + partitionKey.length, 0),
    );
    expect(Math.max(...bytes)).toBe(limit);
    expect(sizes(stream.calls).slice(0, 2)).toEqual([10, 10]);
    expect(witness.faults(answerMsMax)).toEqual([]);
  });

  it('has at most four calls under way, however many entries wait', async () => {
    const { time, stream, witness } = startCommit({ stream: () => stores(700) });
    for (const entry of makeEntries(4_000)) witness.put(entry);
    await time.runOut(10_000);
    expect(Math.max(...stream.calls.map((call) => call.underWay))).toBe(4);
    expect(witness.faults(answerMsMax)).toEqual([]);
  });

  it('lets the next call go when one has been under way for 100 ms', async () => {
    const { time, stream, witness } = startCommit({ stream: (call) => (call === 0 ? hangs : stores(10)) });
    witness.put(makeEntry());
    await time.advance(30);
    const told = witness.put(makeEntry());
    await time.advance(80);
    expect(stream.calls.length).toBe(2);
    expect(told.outcome).toBe('stream');
    await time.runOut(answerMsMax);
    expect(witness.faults(answerMsMax)).toEqual([]);
  });

  it('answers each entry within 300 ms while three of four calls hang', async () => {
    const { time, witness } = startCommit({ stream: (call) => (call < 3 ? hangs : stores(10)) });
    for (let count = 0; count < 3; count++) {
      witness.put(makeEntry());
      await time.advance(101);
    }
    const later = [];
    for (let count = 0; count < 20; count++) {
      later.push(witness.put(makeEntry()));
      await time.advance(20);
    }
    await time.runOut(answerMsMax);
    expect(Math.max(...later.map((told) => told.toldAtMs - told.putAtMs))).toBeLessThan(300);
  });
});

describe('group commit, while the stream fails', () => {
  it('repeats only the entries that failed', async () => {
    const { time, stream, witness, metrics } = startCommit({
      stream: (call) => (call === 0 ? { ms: 10, stores: (index) => index % 3 !== 0 } : stores(10)),
    });
    const entries = makeEntries(10);
    for (const entry of entries) witness.put(entry);
    await time.runOut(answerMsMax);
    const repeated = stream.calls.slice(1).flatMap((call) => call.entries);
    expect(new Set(repeated)).toEqual(new Set(entries.filter((_, index) => index % 3 === 0)));
    expect(repeated.length).toBe(4);
    expect(metrics.sums).toEqual({ PutFailures: 4 });
    expect(witness.faults(answerMsMax)).toEqual([]);
  });

  it('spreads the repeats over time', async () => {
    let draw = 0;
    const { time, stream, witness } = startCommit({
      stream: (call) => (call === 0 ? throttles(1) : stores(1)),
      random: () => draw++ / 10,
    });
    for (const entry of makeEntries(10)) witness.put(entry);
    await time.runOut(answerMsMax);
    expect(stream.calls.length).toBe(11);
    expect(new Set(stream.calls.map((call) => call.startedAtMs)).size).toBe(11);
  });

  it.each([
    ['throws', fails(10)],
    ['hangs until its timeout', hangs],
    ['stores everything but loses its reply', losesReply(10)],
    ['stores everything but hangs', hangsButStores],
  ])('repeats a call that %s, and then answers', async (_, behaviour) => {
    const { time, stream, overflow, witness } = startCommit({
      stream: (call) => (call === 0 ? behaviour : stores(10)),
    });
    for (const entry of makeEntries(5)) witness.put(entry);
    await time.runOut(answerMsMax);
    expect(witness.told.map((told) => told.outcome)).toEqual(Array(5).fill('stream'));
    expect(sizes(stream.calls)[0]).toBe(5);
    expect(overflow.calls).toEqual([]);
    expect(witness.faults(answerMsMax)).toEqual([]);
  });

  it.each([
    ['throttles', throttles(10)],
    ['refuses the connection', fails(0)],
    ['hangs', hangs],
    ['stores but never replies', hangsButStores],
  ])('offers to the overflow queue what a stream that %s did not confirm', async (_, behaviour) => {
    const { time, stream, overflow, witness, logged } = startCommit({ stream: () => behaviour });
    for (const entry of makeEntries(33)) witness.put(entry);
    await time.runOut(2 * answerMsMax);
    expect(witness.told.map((told) => told.outcome)).toEqual(Array(33).fill('overflow'));
    expect(stream.calls.length).toBeGreaterThan(1);
    expect(Math.max(...sizes(overflow.calls))).toBeLessThanOrEqual(10);
    expect(new Set(logged)).toEqual(new Set(['stream.put-failed']));
    expect(witness.faults(answerMsMax)).toEqual([]);
  });

  it('sends only what failed to the queue again', async () => {
    const { time, overflow, witness } = startCommit({
      stream: () => throttles(10),
      overflow: (call) => (call === 0 ? { ms: 10, stores: (index) => index !== 2 } : stores(10)),
    });
    const entries = makeEntries(8);
    for (const entry of entries) witness.put(entry);
    await time.runOut(2 * answerMsMax);
    const sent = overflow.calls.flatMap((call) => call.entries);
    expect(sent.length).toBe(9);
    expect(witness.faults(answerMsMax)).toEqual([]);
  });

  it.each([
    ['throttle', throttles(10)],
    ['throw', fails(0)],
    ['hang', hangs],
    ['store but never reply', hangsButStores],
  ])('says NotDurable in time when both %s', async (_, behaviour) => {
    const { time, witness } = startCommit({ stream: () => behaviour, overflow: () => behaviour });
    for (const entry of makeEntries(40)) witness.put(entry);
    await time.runOut(2 * answerMsMax);
    expect(witness.told.map((told) => told.outcome)).toEqual(Array(40).fill('not-durable'));
    expect(witness.faults(answerMsMax)).toEqual([]);
  });

  it('answers everybody in time when every call hangs and thousands wait', async () => {
    const { time, stream, witness } = startCommit({ stream: () => hangs, overflow: () => hangs });
    // 10,000 a second for three seconds: ten times what four hanging calls can carry away.
    for (let tick = 0; tick < 150; tick++) {
      for (const entry of makeEntries(200)) witness.put(entry);
      await time.advance(20);
    }
    await time.runOut(4 * answerMsMax);
    expect(witness.told.length).toBe(30_000);
    expect(witness.faults(answerMsMax)).toEqual([]);
    expect(Math.max(...stream.calls.map((call) => call.underWay))).toBe(4);
  });

  it('sends a vote to the queue after an attempt or two while the stream takes nothing at all', async () => {
    const { time, stream, witness } = startCommit({ stream: () => throttles(5) });
    witness.put(makeEntry());
    await time.advance(2_000);
    const before = stream.calls.length;
    const told = witness.put(makeEntry());
    await time.advance(250);
    expect([told.outcome, stream.calls.length > before]).toEqual(['overflow', true]);
    expect(witness.faults(answerMsMax)).toEqual([]);
  });

  it('gives a vote its whole time again once the stream has taken one, and while it fails only in part', async () => {
    let call: 'throttles' | 'in-part' = 'throttles';
    const { time, witness } = startCommit({
      stream: () => (call === 'throttles' ? throttles(5) : { ms: 5, stores: (index) => index > 0 }),
    });
    witness.put(makeEntry());
    await time.advance(2_000);
    call = 'in-part';
    for (const entry of makeEntries(2)) witness.put(entry);
    await time.advance(20);
    call = 'throttles';
    const told = witness.put(makeEntry());
    await time.advance(1_000);
    expect(told.outcome).toBeNull();
    await time.runOut(5_000);
    expect(witness.faults(answerMsMax)).toEqual([]);
  });

  it('goes on as before once the stream is well again', async () => {
    let isWell = false;
    const { time, witness } = startCommit({ stream: () => (isWell ? stores(10) : hangs) });
    for (const entry of makeEntries(3_000)) witness.put(entry);
    await time.advance(1_000);
    isWell = true;
    await time.advance(3_000);
    const told = witness.put(makeEntry());
    await time.runOut(answerMsMax);
    expect([told.outcome, told.toldAtMs - told.putAtMs]).toEqual(['stream', 10]);
    expect(witness.faults(answerMsMax)).toEqual([]);
  });
});

describe('the limit on waiting entries', () => {
  it('refuses the next one at once', async () => {
    const { time, witness } = startCommit({ stream: () => hangs });
    for (const entry of makeEntries(20_000)) witness.put(entry);
    const told = witness.put(makeEntry());
    await Promise.resolve();
    await time.settle();
    expect([told.outcome, told.toldAtMs]).toEqual(['not-durable', told.putAtMs]);
    await time.runOut(4 * answerMsMax);
    expect(witness.faults(answerMsMax)).toEqual([]);
  });

  it('holds also for entries that wait to be repeated or for the overflow queue', async () => {
    const { time, witness } = startCommit({ stream: () => throttles(1), overflow: () => hangs });
    for (let tick = 0; tick < 40; tick++) {
      for (const entry of makeEntries(1_000)) witness.put(entry);
      await time.advance(20);
      expect(witness.told.filter((told) => told.outcome === null).length).toBeLessThanOrEqual(20_000);
    }
    await time.runOut(4 * answerMsMax);
    expect(witness.faults(answerMsMax)).toEqual([]);
  });
});
