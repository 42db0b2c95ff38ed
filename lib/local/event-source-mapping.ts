import { setTimeout as sleep } from 'node:timers/promises';
import { type KinesisClient, ListShardsCommand } from '@aws-sdk/client-kinesis';
import type { KinesisStreamEvent } from 'aws-lambda';
import type { Checkpoints } from './checkpoints.ts';
import { invokeHandler, type LambdaHandler } from './lambda-invoke.ts';
import { localAccount, localRegion } from './local-account.ts';
import { type BatchResponse, readableShards, type ShardLineage } from './mapping-rules.ts';
import type { ShardPosition } from './shard-progress.ts';
import { createShardPump, type ShardPump } from './shard-pump.ts';
import { createShardReader, readIntervalMs } from './shard-reader.ts';

/** What a mapping takes at most in one batch. */
const batchRecordsMaxMax = 10_000;
const handlerMsMax = 60_000;
/** How often new shards are looked for; a shard that ends makes it look at once. */
const listIntervalMs = 10_000;
const listRetryMs = 500;

export type EventSourceMappingOptions = {
  readonly client: KinesisClient;
  readonly stream: string;
  readonly checkpoints: Checkpoints;
  readonly handler: LambdaHandler<KinesisStreamEvent, BatchResponse>;
  /** For messages and the function's context. */
  readonly name: string;
  /** Default 1,000; at most 10,000. */
  readonly batchRecordsMax?: number;
  /** Default 0: a batch is what one read gives. */
  readonly batchWindowMs?: number;
  /** Default 200, Kinesis' five reads a second. Tests are more impatient. */
  readonly readIntervalMs?: number;
  /** Tests are more impatient here too. */
  readonly listIntervalMs?: number;
  /** Everything that is tried again; `what` is `read`, `batch`, `checkpoint` or `list`. */
  readonly onError?: (what: string, shardId: string, error: unknown) => void;
};

export type EventSourceMapping = {
  /** One entry for each shard being read. */
  positions(): readonly ShardPosition[];
  /** Whether everything that was in the stream at `sinceMs` has been recorded. */
  isDrainedSince(sinceMs: number): boolean;
  /** Finishes the calls in hand. */
  stop(): Promise<void>;
};

/**
 * Stands in for Lambda's event source mapping on a stream, with the real client against whatever
 * endpoint it has: one poller a shard, parents before their children, retries without limit,
 * `ReportBatchItemFailures` and `BisectBatchOnFunctionError`.
 */
export function startEventSourceMapping(options: EventSourceMappingOptions): EventSourceMapping {
  const onError = options.onError ?? (() => {});
  const pumps = new Map<string, { readonly pump: ShardPump; readonly running: Promise<void> }>();
  const stopping = new AbortController();
  /** Whether every shard that may be read is being read, as far as we know. */
  let listed = false;
  let wake = () => {};

  const open = (shardId: string) => {
    const pump = openPump(options, shardId);
    const running = pump.run().then(async (ended) => {
      if (!ended) return;
      await options.checkpoints
        .set(shardId, { ...options.checkpoints.get(shardId), finished: true })
        .catch((error: unknown) => onError('checkpoint', shardId, error));
      pumps.delete(shardId);
      // Its children may be read now.
      listed = false;
      wake();
    });
    pumps.set(shardId, { pump, running });
  };

  const watch = async () => {
    while (!stopping.signal.aborted) {
      listed = true;
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      let restMs = options.listIntervalMs ?? listIntervalMs;
      try {
        const shards = await listShards(options.client, options.stream, stopping.signal);
        for (const shardId of readableShards(shards, options.checkpoints.finished())) {
          if (!pumps.has(shardId)) open(shardId);
        }
      } catch (error) {
        listed = false;
        restMs = listRetryMs;
        if (!stopping.signal.aborted) onError('list', '', error);
      }
      await Promise.race([woken, sleep(restMs, undefined, { signal: stopping.signal }).catch(() => {})]);
    }
  };
  const watching = watch();

  return {
    positions: () => [...pumps.values()].map(({ pump }) => pump.position()),
    isDrainedSince: (sinceMs) =>
      listed && pumps.size > 0 && [...pumps.values()].every(({ pump }) => pump.isDrainedSince(sinceMs)),
    async stop() {
      stopping.abort();
      for (const { pump } of pumps.values()) pump.stop();
      await Promise.all([watching, ...[...pumps.values()].map(({ running }) => running)]);
    },
  };
}

function openPump(options: EventSourceMappingOptions, shardId: string): ShardPump {
  const recordsMax = Math.min(options.batchRecordsMax ?? 1_000, batchRecordsMaxMax);
  const read = createShardReader({
    client: options.client,
    stream: options.stream,
    streamArn: `arn:aws:kinesis:${localRegion}:${localAccount}:stream/${options.stream}`,
    shardId,
    after: options.checkpoints.get(shardId).sequence,
    recordsMax,
  });
  return createShardPump({
    shardId,
    read,
    invoke: (event) => invokeHandler(options.name, options.handler, event, handlerMsMax),
    recordsMax,
    windowMs: options.batchWindowMs ?? 0,
    readIntervalMs: options.readIntervalMs ?? readIntervalMs,
    checkpoint: (sequence) => options.checkpoints.set(shardId, { sequence }),
    onError: (what, error) => options.onError?.(what, shardId, error),
  });
}

async function listShards(
  client: KinesisClient,
  stream: string,
  signal: AbortSignal,
): Promise<ShardLineage[]> {
  const shards: ShardLineage[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListShardsCommand(token === undefined ? { StreamName: stream } : { NextToken: token }),
      { abortSignal: signal },
    );
    for (const { ShardId, ParentShardId, AdjacentParentShardId } of page.Shards ?? []) {
      if (ShardId !== undefined)
        shards.push({
          shardId: ShardId,
          parents: [ParentShardId, AdjacentParentShardId].filter((parent) => parent !== undefined),
        });
    }
    token = page.NextToken;
  } while (token !== undefined);
  return shards;
}
