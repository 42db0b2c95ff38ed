import { createHash } from 'node:crypto';
import type { KinesisStreamRecord } from 'aws-lambda';
import type { BatchStream } from '../../functions/core/ports.ts';
import type { ShardLineage } from '../../lib/local/mapping-rules.ts';
import type { ShardRead } from '../../lib/local/shard-reader.ts';
import type { Life } from './life.ts';
import { makePutCall } from './put-call.ts';
import type { Outage, World } from './world.ts';

interface StoredRecord {
  readonly sequence: string;
  readonly data: Buffer;
  readonly partitionKey: string;
  readonly arrivedAtMs: number;
}

interface Shard extends ShardLineage {
  readonly fromHash: number;
  /** Not included. */
  readonly toHash: number;
  readonly records: StoredRecord[];
  isClosed: boolean;
}

/** What a position in a shard is to its reader. */
export type ShardReader = (signal: AbortSignal) => Promise<ShardRead>;

export interface StreamModel {
  /** As one process sees it. */
  portFor(life: Life, name: string): BatchStream;
  /** What somebody else than ingest puts there, bytes of any kind. */
  inject(partitionKey: string, data: Buffer): void;
  shards(): readonly ShardLineage[];
  reader(life: Life, shardId: string, after: string | undefined, recordsMax: number): ShardReader;
  /** Splits a shard, or merges it with its neighbour. */
  reshard(): void;
  /** Everything that it ever took, in the order in which it came. */
  readonly taken: readonly { readonly data: Buffer; readonly order: number }[];
}

const hashesCount = 2 ** 32;

/** Kinesis maps keys to shards by MD5; here its first 32 bits are enough. */
const hashOf = (partitionKey: string): number =>
  createHash('md5').update(partitionKey).digest().readUInt32BE(0);

/** Kinesis as its documentation lets it behave: order within a shard, at least once, no more than that. */
export function createStreamModel(
  world: World,
  shardsCount: number,
  outages: readonly Outage[],
  nextOrder: () => number,
): StreamModel {
  const { time, random, say } = world;
  const shards: Shard[] = [];
  const taken: { data: Buffer; order: number }[] = [];

  function open(fromHash: number, toHash: number, parents: readonly string[]): Shard {
    const shardId = `shardId-${String(shards.length).padStart(12, '0')}`;
    const shard = { shardId, parents, fromHash, toHash, records: [], isClosed: false };
    shards.push(shard);
    return shard;
  }
  for (let at = 0; at < shardsCount; at++)
    open((hashesCount / shardsCount) * at, (hashesCount / shardsCount) * (at + 1), []);

  function take(partitionKey: string, data: Buffer): void {
    const hash = hashOf(partitionKey);
    const shard = shards.find((one) => !one.isClosed && hash >= one.fromHash && hash < one.toHash);
    if (shard === undefined) throw new Error('the open shards do not cover all keys');
    const order = nextOrder();
    taken.push({ data, order });
    const sequence = String(order).padStart(20, '0');
    shard.records.push({ sequence, data, partitionKey, arrivedAtMs: time.clock() });
  }

  return {
    taken,
    inject: take,
    shards: () => shards.map(({ shardId, parents }) => ({ shardId, parents })),
    portFor: (life, name) => ({
      putBatch: (entries, timeoutMs) =>
        makePutCall(world, {
          life,
          name: `${name} → stream`,
          entries: entries.length,
          timeoutMs,
          outages,
          store(index) {
            const entry = entries[index];
            if (entry !== undefined) take(entry.partitionKey, entry.data);
            return entry !== undefined;
          },
        }),
    }),
    reader(life, shardId, after, recordsMax) {
      const shard = shards.find((one) => one.shardId === shardId);
      if (shard === undefined) throw new Error(`there is no ${shardId}`);
      return createReader(world, life, shard, after, recordsMax);
    },
    reshard() {
      const shard = random.pick(shards.filter((one) => !one.isClosed));
      const neighbour = shards.find((one) => !one.isClosed && one.fromHash === shard.toHash);
      shard.isClosed = true;
      if (neighbour !== undefined && random.chance(0.5)) {
        neighbour.isClosed = true;
        const child = open(shard.fromHash, neighbour.toHash, [shard.shardId, neighbour.shardId]);
        say(() => `stream: ${shard.shardId} and ${neighbour.shardId} merged into ${child.shardId}`);
      } else {
        const middle = Math.floor((shard.fromHash + shard.toHash) / 2);
        const low = open(shard.fromHash, middle, [shard.shardId]);
        const high = open(middle, shard.toHash, [shard.shardId]);
        say(() => `stream: ${shard.shardId} split into ${low.shardId} and ${high.shardId}`);
      }
    },
  };
}

/** Reads on from a position: after it throws, the next call reads the same records again. */
function createReader(
  { faults, random }: World,
  life: Life,
  shard: Shard,
  after: string | undefined,
  recordsMax: number,
): ShardReader {
  let position = after === undefined ? 0 : shard.records.findIndex((one) => one.sequence === after) + 1;
  return async () => {
    await life.sleep(random.between(2, 20));
    if (faults.bites('read-failed')) throw new Error('the read failed');
    const left = shard.records.length - position;
    // Kinesis may give fewer than there are, or none, without being at the end.
    let count = Math.min(left, recordsMax);
    if (count > 1 && faults.bites('read-short')) count = random.int(1, count - 1);
    else if (count > 0 && faults.bites('read-nothing')) count = 0;
    const read = shard.records.slice(position, position + count);
    position += count;
    const atEnd = position === shard.records.length;
    return {
      records: read.map((record) => toEventRecord(shard.shardId, record)),
      sizes: read.map((record) => record.data.length),
      ended: shard.isClosed && atEnd,
      atTip: atEnd,
    };
  };
}

/** As Lambda hands it to a function. */
function toEventRecord(shardId: string, record: StoredRecord): KinesisStreamRecord {
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: record.partitionKey,
      sequenceNumber: record.sequence,
      data: record.data.toString('base64'),
      approximateArrivalTimestamp: record.arrivedAtMs / 1000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${shardId}:${record.sequence}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: 'arn:aws:iam::000000000000:role/simulated',
    awsRegion: 'us-east-1',
    eventSourceARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/ballots',
  };
}
