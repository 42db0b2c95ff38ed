import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitPutRecords } from '../../load/drill/faults/put-records.ts';
import { createRandom } from '../../load/drill/random.ts';

/** The stream, as far as it matters here: every entry it sees gets a number of its own. */
function store(kept: Buffer | null) {
  if (kept === null) return null;
  const { Records } = JSON.parse(kept.toString()) as { Records: { Data: string }[] };
  const body = JSON.stringify({
    FailedRecordCount: 0,
    Records: Records.map(({ Data }) => ({ SequenceNumber: `number of ${Data}`, ShardId: 's' })),
  });
  return { status: 200, headers: {}, body: Buffer.from(body) };
}

describe('a PutRecords call that fails in part', () => {
  it('answers each entry in its place: stored by its own number, or failed and never seen by the stream', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(),
        (count, share, seed) => {
          const entries = Array.from({ length: count }, (_, n) => ({ PartitionKey: 'k', Data: `d${n}` }));
          const call = Buffer.from(JSON.stringify({ StreamName: 'ballots', Records: entries }));
          const split = splitPutRecords(call, share, createRandom(seed));
          const seen = split.kept?.toString() ?? '';
          const answer = JSON.parse(split.merge(store(split.kept)).body.toString()) as {
            FailedRecordCount: number;
            Records: { SequenceNumber?: string; ErrorCode?: string }[];
          };
          expect(answer.Records).toHaveLength(count);
          expect(answer.FailedRecordCount).toBe(answer.Records.filter(({ ErrorCode }) => ErrorCode).length);
          for (const [n, { SequenceNumber, ErrorCode }] of answer.Records.entries()) {
            const stored = seen.includes(`"d${n}"`);
            expect(SequenceNumber).toBe(stored ? `number of d${n}` : undefined);
            expect(ErrorCode === undefined).toBe(stored);
          }
        },
      ),
    );
  });

  it('hands on what the stream says when it refuses the rest', () => {
    const call = Buffer.from(
      JSON.stringify({ StreamName: 'ballots', Records: [{ PartitionKey: 'k', Data: 'd' }] }),
    );
    const refusal = { status: 400, headers: {}, body: Buffer.from('{"__type":"ResourceNotFoundException"}') };
    expect(splitPutRecords(call, 0, createRandom(1)).merge(refusal)).toBe(refusal);
  });
});
