import { readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';

export type ShardCheckpoint = {
  /** Everything up to and including this is done. Undefined: nothing yet. */
  readonly sequence?: string | undefined;
  /** The shard is closed and read to its end. */
  readonly finished?: boolean | undefined;
};

/**
 * How far each shard has been read, kept in one file. Losing it costs time, not votes: without it
 * a shard is read from its beginning, and recording is idempotent.
 */
export type Checkpoints = {
  get(shardId: string): ShardCheckpoint;
  finished(): ReadonlySet<string>;
  /** On disk (not synced) when this resolves; calls that come close together share a write. */
  set(shardId: string, checkpoint: ShardCheckpoint): Promise<void>;
};

/** Opens the file; one that is missing or not readable counts as empty. */
export function openCheckpoints(file: string): Checkpoints {
  const shards = new Map<string, ShardCheckpoint>(Object.entries(readCheckpoints(file)));
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  const write = async () => {
    // Whole or not at all: a reader never sees half of it, whenever the process is killed.
    const temporary = `${file}.${process.pid}.tmp`;
    await writeFile(temporary, JSON.stringify(Object.fromEntries(shards)));
    await rename(temporary, file);
  };

  return {
    get: (shardId) => shards.get(shardId) ?? {},
    finished: () =>
      new Set([...shards].filter(([, { finished }]) => finished === true).map(([shardId]) => shardId)),
    set(shardId, checkpoint) {
      shards.set(shardId, checkpoint);
      next ??= Promise.allSettled([running]).then(() => {
        next = undefined;
        running = write().finally(() => {
          running = undefined;
        });
        return running;
      });
      return next;
    },
  };
}

function readCheckpoints(file: string): Record<string, ShardCheckpoint> {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof content !== 'object' || content === null) return {};
    return Object.fromEntries(
      Object.entries(content).flatMap(([shardId, value]) => (isCheckpoint(value) ? [[shardId, value]] : [])),
    );
  } catch {
    return {};
  }
}

function isCheckpoint(value: unknown): value is ShardCheckpoint {
  if (typeof value !== 'object' || value === null) return false;
  const { sequence, finished } = value as Record<string, unknown>;
  return (
    (sequence === undefined || (typeof sequence === 'string' && /^\d+$/.test(sequence))) &&
    (finished === undefined || typeof finished === 'boolean')
  );
}
