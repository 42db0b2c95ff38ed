import type { QueuePosition } from './queue-source-mapping.ts';
import type { ShardPosition } from './shard-progress.ts';

/** How far the writer is behind, per shard and for the overflow queue. */
export type PipelinePositions = { readonly shards: readonly ShardPosition[]; readonly queue: QueuePosition };
