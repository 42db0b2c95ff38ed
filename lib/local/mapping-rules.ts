/** The decisions of an event source mapping, without its input and output. All pure. */

/** What a function may say about a batch when the mapping reports item failures. */
export type BatchResponse =
  | { readonly batchItemFailures?: readonly { readonly itemIdentifier?: unknown }[] | null }
  | null
  | undefined;

export type BatchVerdict =
  | { readonly kind: 'done' }
  /** Items before `from` are done; the one at `from` and all after it come again. */
  | { readonly kind: 'retry'; readonly from: number };

/**
 * Reads a function's answer to a batch from a stream. The lowest failed item is where the shard
 * goes on, so order is kept. A name that is not in the batch makes the whole batch fail, as it
 * does in Lambda: the function and the mapping then do not speak of the same thing.
 *
 * @param ids of the batch's items, in order
 */
export function judgeStreamBatch(ids: readonly string[], response: BatchResponse): BatchVerdict {
  const failed = failedPositions(ids, response);
  if (failed === 'unknown') return { kind: 'retry', from: 0 };
  return failed.length === 0 ? { kind: 'done' } : { kind: 'retry', from: Math.min(...failed) };
}

/** The same for a queue, which has no order: the positions that stay in the queue. */
export function judgeQueueBatch(ids: readonly string[], response: BatchResponse): ReadonlySet<number> {
  const failed = failedPositions(ids, response);
  return new Set(failed === 'unknown' ? ids.keys() : failed);
}

function failedPositions(ids: readonly string[], response: BatchResponse): number[] | 'unknown' {
  const failures = response?.batchItemFailures;
  if (failures === undefined || failures === null) return [];
  const positions = failures.map(({ itemIdentifier }) =>
    typeof itemIdentifier === 'string' ? ids.indexOf(itemIdentifier) : -1,
  );
  return positions.includes(-1) ? 'unknown' : positions;
}

/** Halves a batch that a function could not take at all, to close in on what it cannot take. */
export function bisect<T>(batch: readonly T[]): readonly (readonly T[])[] {
  if (batch.length < 2) return [batch];
  const middle = Math.ceil(batch.length / 2);
  return [batch.slice(0, middle), batch.slice(middle)];
}

/** A call's payload, bytes, and what the envelope of one record takes of it. */
export const payloadBytesMax = 6 * 1024 * 1024;
const envelopeBytes = 500;

/**
 * How many of `sizes` (bytes of data before base64) fit into one call, at most `countMax`; at
 * least one, since a record that does not fit alone has to be somebody's problem.
 */
export function batchLength(sizes: readonly number[], countMax: number): number {
  let bytes = 0;
  for (const [index, size] of sizes.entries()) {
    bytes += Math.ceil(size / 3) * 4 + envelopeBytes;
    if (index === countMax || (bytes > payloadBytesMax && index > 0)) return index;
  }
  return Math.min(sizes.length, countMax);
}

/** Doubling from 100 ms to 2 s; between half and all of it, so that shards do not march in step. */
export function retryDelayMs(attempt: number, random: number): number {
  const whole = Math.min(100 * 2 ** Math.min(attempt, 10), 2_000);
  return Math.round(whole * (0.5 + random / 2));
}

export type ShardLineage = {
  readonly shardId: string;
  /** One after a split, two after a merge. */
  readonly parents: readonly string[];
};

/**
 * The shards that may be read now: not read to their end, and every parent is, or is gone from
 * the stream (its records are past retention). So one key's records stay in order over a reshard.
 */
export function readableShards(
  shards: readonly ShardLineage[],
  finished: ReadonlySet<string>,
): readonly string[] {
  const there = new Set(shards.map((shard) => shard.shardId));
  return shards
    .filter(
      ({ shardId, parents }) =>
        !finished.has(shardId) && parents.every((parent) => finished.has(parent) || !there.has(parent)),
    )
    .map((shard) => shard.shardId);
}
