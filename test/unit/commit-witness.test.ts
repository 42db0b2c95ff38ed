import { describe, expect, it } from 'vitest';
import { answerMsMax, hangs, startCommit, stores } from '../support/commit-harness.ts';
import { createWitness, makeEntries, makeEntry } from '../support/commit-model.ts';

describe('the witness of the group commit tests', () => {
  it('catches a sink that answers before the entry is durable', async () => {
    const { time, stream, overflow, sink } = startCommit();
    const eager = createWitness(
      time,
      {
        put: async (entry) => {
          sink.put(entry).catch(() => {});
          return 'stream';
        },
      },
      stream,
      overflow,
    );
    eager.put(makeEntry());
    await time.runOut(1_000);
    expect(eager.faults(answerMsMax)).toEqual(['stream was said of an entry that was not confirmed there']);
  });

  it('catches a stream adapter that takes a timeout for stored', async () => {
    const { time, witness } = startCommit({
      stream: (call) => (call === 0 ? hangs : stores(10)),
      change: ({ stream }) => ({
        stream: {
          putBatch: (entries, timeoutMs) =>
            stream.putBatch(entries, timeoutMs).catch(() => entries.map(() => 'stored' as const)),
        },
      }),
    });
    witness.put(makeEntry());
    await time.runOut(answerMsMax);
    expect(witness.faults(answerMsMax).length).toBe(1);
  });

  it('catches a stream adapter that takes one stored entry for all', async () => {
    const { time, witness } = startCommit({
      stream: () => ({ ms: 10, stores: (index) => index === 0 }),
      change: ({ stream }) => ({
        stream: {
          async putBatch(entries, timeoutMs) {
            const outcomes = await stream.putBatch(entries, timeoutMs);
            return entries.map(() => (outcomes.includes('stored') ? 'stored' : 'failed'));
          },
        },
      }),
    });
    for (const entry of makeEntries(3)) witness.put(entry);
    await time.runOut(answerMsMax);
    expect(witness.told.filter((told) => told.lie !== null).length).toBe(2);
  });

  it('catches a sink that forgets an entry', async () => {
    const { time, stream, overflow } = startCommit();
    const forgetful = createWitness(time, { put: () => new Promise(() => {}) }, stream, overflow);
    forgetful.put(makeEntry());
    await time.runOut(1_000);
    expect(forgetful.faults(answerMsMax)).toEqual(['an entry was never answered']);
  });
});
