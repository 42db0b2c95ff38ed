import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GroupCommitOptions } from '../../functions/ingest/group-commit.ts';
import { answerMsMax, type CommitSettings, startCommit } from '../support/commit-harness.ts';
import { type CallBehaviour, makeEntries } from '../support/commit-model.ts';

/** Every way in which a call can go, entry by entry where it fails in part. */
const behaviour: fc.Arbitrary<CallBehaviour> = fc
  .record({
    ms: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 900 }), fc.constant(1e9)),
    kind: fc.constantFrom(
      'stored',
      'stored',
      'throttled',
      'in-part',
      'lost',
      'reply-lost',
      'reply-lost-in-part',
    ),
    modulus: fc.integer({ min: 2, max: 5 }),
  })
  .map(({ ms, kind, modulus }) => {
    const inPart = (index: number) => index % modulus === 0;
    if (kind === 'throttled') return { ms, stores: () => false };
    if (kind === 'in-part') return { ms, stores: inPart };
    if (kind === 'lost') return { ms, stores: () => false, replyLost: true };
    if (kind === 'reply-lost') return { ms, replyLost: true };
    return kind === 'reply-lost-in-part' ? { ms, stores: inPart, replyLost: true } : { ms };
  });

/** The behaviours follow each other, again and again: a bad one alone makes a store that never is well. */
const behaviours = fc.array(behaviour, { minLength: 1, maxLength: 12 });
const arrivals = fc.array(
  fc.record({
    entries: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 700 })),
    afterMs: fc.nat(400),
  }),
  { minLength: 1, maxLength: 12 },
);

interface Run {
  readonly stream: readonly CallBehaviour[];
  readonly overflow: readonly CallBehaviour[];
  readonly arrivals: readonly { readonly entries: number; readonly afterMs: number }[];
  readonly draws: readonly number[];
}

const runs: fc.Arbitrary<Run> = fc.record({
  stream: behaviours,
  overflow: behaviours,
  arrivals,
  draws: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 20 }),
});

const cycle =
  <T>(values: readonly T[]) =>
  (at: number): T =>
    values[at % values.length] as T;

async function carryOut(run: Run, change?: CommitSettings['change']) {
  let draws = 0;
  const { time, witness, stream, overflow } = startCommit({
    stream: cycle(run.stream),
    overflow: cycle(run.overflow),
    random: () => cycle(run.draws)(draws++),
    ...(change === undefined ? {} : { change }),
  });
  for (const { entries, afterMs } of run.arrivals) {
    for (const entry of makeEntries(entries)) witness.put(entry);
    await time.advance(afterMs);
  }
  await time.runOut(3 * answerMsMax);
  return { witness, stream, overflow };
}

describe('group commit over a stream and a queue that do anything at all', () => {
  it('answers every entry in time and truly, within the limits of both', async () => {
    const outcomes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(runs, async (run) => {
        const { witness, stream, overflow } = await carryOut(run);
        expect(witness.faults(answerMsMax)).toEqual([]);
        for (const { entries, underWay } of stream.calls) {
          expect(underWay).toBeLessThanOrEqual(4);
          expect(entries.length).toBeLessThanOrEqual(500);
          expect(new Set(entries).size).toBe(entries.length);
        }
        for (const { entries } of overflow.calls) expect(entries.length).toBeLessThanOrEqual(10);
        for (const { outcome } of witness.told)
          outcomes.set(String(outcome), (outcomes.get(String(outcome)) ?? 0) + 1);
      }),
      { numRuns: 300 },
    );
    // A generator that reaches only one kind of answer would prove nothing.
    expect([...outcomes.keys()].sort()).toEqual(['not-durable', 'overflow', 'stream']);
  });

  it('never offers an entry again that is confirmed', async () => {
    await fc.assert(
      fc.asyncProperty(runs, async (run) => {
        const { witness, stream } = await carryOut(run);
        const answered = new Map(witness.told.map((told) => [told.entry, told.toldAtMs]));
        for (const { entries, startedAtMs } of stream.calls) {
          for (const entry of entries) expect(startedAtMs).toBeLessThanOrEqual(answered.get(entry) ?? 0);
        }
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    [
      'takes a failed call for a stored one',
      ({ stream }: GroupCommitOptions) => ({
        stream: {
          putBatch: (...call: Parameters<typeof stream.putBatch>) =>
            stream.putBatch(...call).catch(() => call[0].map(() => 'stored' as const)),
        },
      }),
    ],
    [
      'takes a message that the queue refused for a stored one',
      ({ overflow }: GroupCommitOptions) => ({
        overflow: {
          sendBatch: async (...call: Parameters<typeof overflow.sendBatch>) =>
            (await overflow.sendBatch(...call)).map(() => 'stored' as const),
        },
      }),
    ],
  ])('is found out when it %s', async (_, change) => {
    const result = await fc.check(
      fc.asyncProperty(runs, async (run) => {
        const { witness } = await carryOut(run, change);
        return witness.faults(answerMsMax).length === 0;
      }),
      { numRuns: 300, endOnFailure: true },
    );
    expect(result.failed).toBe(true);
  });
});
