import { readableShards } from '../../lib/local/mapping-rules.ts';
import { createShardPump, type PumpTime, type ShardPump } from '../../lib/local/shard-pump.ts';
import { createLife, type Life } from './life.ts';
import type { StreamModel } from './stream.ts';
import type { World } from './world.ts';
import type { InvokeWriter } from './writer-fleet.ts';

export interface StreamMapping {
  /** Looks for shards that may be read now, as the mapping does every few seconds. */
  refresh(): void;
  /** Whether everything that was in the stream at `sinceMs` is recorded, by the pumps' own account. */
  isDrainedSince(sinceMs: number): boolean;
}

interface Poller {
  readonly life: Life;
  readonly pump: ShardPump;
}

const readIntervalMs = 500;

/**
 * The real pumps and the real rules of the local event source mapping, in virtual time. A poller may
 * be killed at any await; the next one goes on from the last checkpoint.
 */
export function createStreamMapping(
  world: World,
  stream: StreamModel,
  invoke: InvokeWriter,
  recordsMax: number,
): StreamMapping {
  const { time, random, faults, say } = world;
  const pollers = new Map<string, Poller>();
  const finished = new Set<string>();
  const checkpoints = new Map<string, string>();

  const checkpoint = (life: Life, shardId: string) => async (sequence: string) => {
    await life.sleep(random.between(0.2, 5));
    if (faults.bites('checkpoint-failed')) throw new Error('the checkpoint is not written');
    checkpoints.set(shardId, sequence);
  };

  function open(shardId: string): void {
    const life = createLife(time);
    const pump = createShardPump({
      shardId,
      read: stream.reader(life, shardId, checkpoints.get(shardId), recordsMax),
      invoke: (event) => {
        say(() => `${shardId}: ${event.Records.length} records to a writer`);
        if (faults.bites('poller-killed')) time.after(random.between(0, 100), () => kill(shardId, life));
        return life.receive(invoke(event));
      },
      recordsMax,
      windowMs: 0,
      readIntervalMs,
      checkpoint: checkpoint(life, shardId),
      onError: (what, error) => say(() => `${shardId}: ${what} failed, ${String(error)}`),
      time: pumpTime(life, random.next),
    });
    pollers.set(shardId, { life, pump });
    void life.receive(pump.run()).then(() => {
      say(() => `${shardId}: read to its end`);
      finished.add(shardId);
      pollers.delete(shardId);
      refresh();
    });
  }

  function kill(shardId: string, life: Life): void {
    if (life.isOver || pollers.get(shardId)?.life !== life) return;
    say(() => `${shardId}: its poller is killed`);
    life.end();
    pollers.delete(shardId);
    time.after(random.between(1, 2_000), refresh);
  }

  function refresh(): void {
    for (const shardId of readableShards(stream.shards(), finished)) {
      if (!pollers.has(shardId)) open(shardId);
    }
  }

  return {
    refresh,
    isDrainedSince: (sinceMs) =>
      readableShards(stream.shards(), finished).every(
        (shardId) => pollers.get(shardId)?.pump.isDrainedSince(sinceMs) === true,
      ),
  };
}

/** Nobody stops a simulated pump but by killing it. */
const pumpTime = (life: Life, random: () => number): PumpTime => ({
  clock: life.clock,
  pause: (ms) => life.sleep(ms),
  random,
});
