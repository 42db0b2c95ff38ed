import { randomBytes, randomUUID } from 'node:crypto';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { createLocalKinesis } from '../../../lib/local/aws-clients.ts';
import { streamName } from '../../../lib/local/local-account.ts';
import { ask } from '../database-probe.ts';
import type { Drill, Scene } from '../drill.ts';

const poisonPerCall = 20;
const betweenMs = 200;
/** One call's limit. */
const recordsMax = 500;

async function withStream(scene: Scene, work: (client: KinesisClient) => Promise<void>): Promise<void> {
  const client = createLocalKinesis(scene.pipeline.urls.kinesis);
  try {
    await work(client);
  } finally {
    client.destroy();
  }
}

async function put(
  client: KinesisClient,
  records: readonly { key: string; data: Uint8Array }[],
): Promise<number> {
  const { FailedRecordCount = 0 } = await client.send(
    new PutRecordsCommand({
      StreamName: streamName,
      Records: records.map(({ key, data }) => ({ PartitionKey: key, Data: data })),
    }),
  );
  return records.length - FailedRecordCount;
}

/** A record of each kind that nobody can count, different every time. */
function makePoison(): Buffer[] {
  const record = {
    v: 1,
    election: 'demo',
    definition: 1,
    ballotId: randomUUID(),
    voterKey: randomUUID(),
    region: 'alder',
    station: 'alder-01',
    channel: 'kiosk',
    selections: [],
    acceptedAt: new Date().toISOString(),
  };
  const asBytes = (value: unknown) => Buffer.from(JSON.stringify(value));
  return [
    randomBytes(64),
    Buffer.from(`{"v":1,"election":"demo","ballotId":"${randomUUID()}`),
    asBytes({ ...record, v: 99 }),
    asBytes({ ...record, ballotId: randomUUID(), voterKey: randomUUID(), election: 'nowhere' }),
    asBytes({ ...record, ballotId: randomUUID(), voterKey: randomUUID(), station: 'atlantis' }),
    asBytes({
      ...record,
      ballotId: randomUUID(),
      voterKey: randomUUID(),
      selections: [{ contest: 'governor', choices: ['okafor', 'marsh'] }],
    }),
  ];
}

export const poison: Drill = {
  name: 'poison',
  title: 'records that nobody can count lie in the stream among good ones',
  strike: (scene) =>
    withStream(scene, async (client) => {
      const untilMs = performance.now() + scene.strikeMs;
      while (performance.now() < untilMs) {
        const records = Array.from({ length: poisonPerCall }, makePoison).flat();
        await put(
          client,
          records.map((data) => ({ key: randomUUID(), data })),
        );
        for (const data of records) scene.planted.add(data.toString('hex'));
        await scene.pause(betweenMs);
      }
      scene.note(`${scene.planted.size} poison records put into the stream`);
    }),
  whyUnseen: ({ writerLog }) =>
    (writerLog.get('writer.quarantined') ?? 0) > 0 ? null : 'the writer put nothing into quarantine',
};

async function readAll(client: KinesisClient): Promise<{ key: string; data: Uint8Array }[]> {
  const records: { key: string; data: Uint8Array }[] = [];
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: streamName }));
  for (const { ShardId } of Shards) {
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({ StreamName: streamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 10_000 }));
    for (const { PartitionKey: key = '', Data: data = new Uint8Array() } of Records)
      records.push({ key, data });
  }
  return records;
}

export const duplicateStorm: Drill = {
  name: 'duplicate-storm',
  title: 'what is in the stream is put into it again, many times over and in another order',
  strike: (scene) =>
    withStream(scene, async (client) => {
      const untilMs = performance.now() + scene.strikeMs;
      let again = 0;
      while (performance.now() < untilMs) {
        const records = (await readAll(client))
          .map((record) => ({ record, draw: scene.random() }))
          .sort((a, b) => a.draw - b.draw)
          .slice(0, 2 * recordsMax)
          .map(({ record }) => record);
        for (let from = 0; from < records.length; from += recordsMax)
          again += await put(client, records.slice(from, from + recordsMax));
        await scene.pause(betweenMs);
      }
      scene.note(`${again} records put into the stream again`);
    }),
  whyUnseen: ({ repeated }) => (repeated > 0 ? null : 'the writer met nothing twice'),
};

export const reshard: Drill = {
  name: 'reshard',
  title: 'shards are split and merged while votes come in',
  strike: (scene) =>
    withStream(scene, async (client) => {
      const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: streamName }));
      for (const shard of Shards.slice(0, 2)) await split(scene, client, shard);
      const [a, b] = await openShards(client);
      if (a !== undefined && b !== undefined) {
        await client.send(
          new MergeShardsCommand({ StreamName: streamName, ShardToMerge: a, AdjacentShardToMerge: b }),
        );
        scene.note(`${a} and ${b} merged`);
      }
      scene.facts.set('before', Shards.length);
      await scene.pause(scene.strikeMs);
      const rows = await ask<{ shard: string }>(
        scene.pipeline.superuserUrl,
        "select distinct shard from writer_batch where source = 'kinesis'",
      );
      scene.facts.set('read', rows.length);
      scene.note(`batches came from ${rows.length} shards, of which there were ${Shards.length} at first`);
    }),
  whyUnseen: ({ facts }) =>
    (facts.get('read') ?? 0) > (facts.get('before') ?? 0) ? null : 'no batch came from a new shard',
};

type Shard = {
  readonly ShardId?: string | undefined;
  readonly HashKeyRange?:
    | { EndingHashKey?: string | undefined; StartingHashKey?: string | undefined }
    | undefined;
};

async function split(scene: Scene, client: KinesisClient, { ShardId, HashKeyRange }: Shard): Promise<void> {
  const [from, to] = [BigInt(HashKeyRange?.StartingHashKey ?? 0), BigInt(HashKeyRange?.EndingHashKey ?? 0)];
  await client.send(
    new SplitShardCommand({
      StreamName: streamName,
      ShardToSplit: ShardId,
      NewStartingHashKey: String((from + to) / 2n),
    }),
  );
  scene.note(`${ShardId} split`);
  // A stream takes one change at a time.
  await scene.pause(betweenMs);
}

/** Two neighbours that are open, the last of them all. */
async function openShards(client: KinesisClient): Promise<(string | undefined)[]> {
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: streamName }));
  const open = Shards.filter(
    ({ SequenceNumberRange }) => SequenceNumberRange?.EndingSequenceNumber === undefined,
  );
  const sorted = open.sort((a, b) =>
    BigInt(a.HashKeyRange?.StartingHashKey ?? 0) < BigInt(b.HashKeyRange?.StartingHashKey ?? 0) ? -1 : 1,
  );
  return sorted.slice(-2).map(({ ShardId }) => ShardId);
}
