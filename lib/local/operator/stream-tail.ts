import { type KinesisClient, ListShardsCommand } from '@aws-sdk/client-kinesis';
import type { KinesisStreamRecordPayload } from 'aws-lambda';
import { createShardReader, type ShardRead } from '../shard-reader.ts';

/** What Kinesis gives in one call at most. */
const recordsPerRead = 10_000;
const rateSeconds = 10;

export interface TailedShard {
  readonly shard: string;
  readonly records: number;
  /** Of the oldest record that was still there; null: none was. */
  readonly firstSequence: string | null;
}

/** The records of one second, by the stream's clock. */
interface Second {
  readonly second: number;
  readonly firstArrivalMs: number;
  lastSequence: bigint;
}

/** Reads a whole stream from its beginning, beside those who work on it. */
export interface StreamTail {
  /**
   * Reads on, about `recordsMax` records at most.
   * @returns whether everything has been read that was there when the call began
   */
  readOn(recordsMax: number): Promise<boolean>;
  shards(): readonly TailedShard[];
  /**
   * When the oldest record behind `lastRecorded` came into a shard, to a second; null: there is none.
   * @param lastRecorded its sequence number, which never goes back; null: nothing is recorded yet
   */
  oldestBehind(shard: string, lastRecorded: string | null): number | null;
  /** Records that came into a shard in the last seconds, a second. */
  arrivalsPerSecond(shard: string, nowMs: number): number;
}

interface OpenShard {
  readonly read: (signal: AbortSignal) => Promise<ShardRead>;
  records: number;
  firstSequence: string | null;
  hasEnded: boolean;
  /** Not known to be recorded, in order: one entry a second, however long nobody records. */
  readonly seconds: Second[];
  /** Records by second of arrival, the latest only. */
  readonly arrivals: Map<number, number>;
}

export function createStreamTail(
  client: KinesisClient,
  stream: string,
  onRecord: (data: Buffer) => void,
): StreamTail {
  const open = new Map<string, OpenShard>();

  const readShard = async (shard: OpenShard, signal: AbortSignal): Promise<ShardRead> => {
    const read = await shard.read(signal);
    for (const { kinesis } of read.records) {
      shard.firstSequence ??= kinesis.sequenceNumber;
      const second = Math.floor(kinesis.approximateArrivalTimestamp);
      shard.arrivals.set(second, (shard.arrivals.get(second) ?? 0) + 1);
      noteSecond(shard.seconds, second, kinesis);
      onRecord(Buffer.from(kinesis.data, 'base64'));
    }
    shard.records += read.records.length;
    shard.hasEnded = read.ended;
    return read;
  };

  return {
    async readOn(recordsMax) {
      const signal = AbortSignal.timeout(30_000);
      for (const shardId of await listShards(client, stream)) {
        if (!open.has(shardId)) open.set(shardId, openShard(client, stream, shardId));
      }
      let left = recordsMax;
      let isAtTip = true;
      for (const shard of open.values()) {
        for (;;) {
          if (shard.hasEnded) break;
          const read = await readShard(shard, signal);
          left -= read.records.length;
          if (read.atTip) break;
          if (left > 0) continue;
          isAtTip = false;
          break;
        }
      }
      for (const shard of open.values()) forgetOlder(shard.arrivals);
      return isAtTip;
    },
    shards: () => [...open].map(([shard, { records, firstSequence }]) => ({ shard, records, firstSequence })),
    oldestBehind(shard, lastRecorded) {
      const seconds = open.get(shard)?.seconds ?? [];
      const recorded = lastRecorded === null ? -1n : BigInt(lastRecorded);
      const first = seconds.findIndex(({ lastSequence }) => lastSequence > recorded);
      seconds.splice(0, first < 0 ? seconds.length : first);
      return seconds[0]?.firstArrivalMs ?? null;
    },
    arrivalsPerSecond(shard, nowMs) {
      const fromSecond = Math.floor(nowMs / 1000) - rateSeconds;
      let sum = 0;
      for (const [second, records] of open.get(shard)?.arrivals ?? [])
        if (second >= fromSecond) sum += records;
      return sum / rateSeconds;
    },
  };
}

function openShard(client: KinesisClient, stream: string, shardId: string): OpenShard {
  const read = createShardReader({
    client,
    stream,
    streamArn: '',
    shardId,
    after: undefined,
    recordsMax: recordsPerRead,
  });
  return { read, records: 0, firstSequence: null, hasEnded: false, seconds: [], arrivals: new Map() };
}

function noteSecond(
  seconds: Second[],
  second: number,
  record: Pick<KinesisStreamRecordPayload, 'sequenceNumber' | 'approximateArrivalTimestamp'>,
): void {
  const last = seconds.at(-1);
  const lastSequence = BigInt(record.sequenceNumber);
  if (last?.second === second) last.lastSequence = lastSequence;
  else
    seconds.push({
      second,
      lastSequence,
      firstArrivalMs: Math.round(record.approximateArrivalTimestamp * 1000),
    });
}

async function listShards(client: KinesisClient, stream: string): Promise<string[]> {
  const ids: string[] = [];
  let token: string | undefined;
  do {
    const { Shards = [], NextToken } = await client.send(
      new ListShardsCommand(token === undefined ? { StreamName: stream } : { NextToken: token }),
    );
    ids.push(...Shards.flatMap(({ ShardId }) => (ShardId === undefined ? [] : [ShardId])));
    token = NextToken;
  } while (token !== undefined);
  return ids;
}

/** Seconds that no rate is made of any more. */
function forgetOlder(arrivals: Map<number, number>): void {
  const newest = Math.max(0, ...arrivals.keys());
  for (const second of arrivals.keys()) if (second < newest - 2 * rateSeconds) arrivals.delete(second);
}
