import { setTimeout as sleep } from 'node:timers/promises';
import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { type BatchResponse, batchLength, bisect, judgeStreamBatch, retryDelayMs } from './mapping-rules.ts';
import { createShardProgress, type ShardPosition, type ShardProgress } from './shard-progress.ts';
import type { ShardRead } from './shard-reader.ts';

export type ShardPumpSpec = {
  readonly shardId: string;
  readonly read: (signal: AbortSignal) => Promise<ShardRead>;
  readonly invoke: (event: KinesisStreamEvent) => Promise<BatchResponse>;
  readonly recordsMax: number;
  /** Wait for more, up to this long after the first record; 0 takes what one read gives. */
  readonly windowMs: number;
  readonly readIntervalMs: number;
  /** Called after each part of a batch that is done, in order. */
  readonly checkpoint: (sequence: string) => Promise<void>;
  readonly onError: (what: string, error: unknown) => void;
  /** The machine's own, unless told otherwise: a simulation brings its own. */
  readonly time?: PumpTime;
};

/** What a pump knows of time and chance. */
export type PumpTime = {
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Until then, or until `signal` is aborted. Never rejects. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** A number in [0, 1). */
  readonly random: () => number;
};

const machineTime: PumpTime = {
  clock: Date.now,
  pause: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => {}),
  random: Math.random,
};

export type ShardPump = {
  /** Until the shard has ended (true) or `stop` was called (false). */
  run(): Promise<boolean>;
  /** Finishes the call in hand, then ends; what is not done by then comes again next time. */
  stop(): void;
  position(): ShardPosition;
  /** Whether a read that began after `sinceMs` found nothing while nothing was in hand. */
  isDrainedSince(sinceMs: number): boolean;
};

/**
 * Brings one shard's records to a function: in order, each at least once, none skipped. While the
 * function works on a batch, the next one is read. A batch that fails is halved, one that fails
 * in part goes on where it failed, and both are tried again without limit.
 */
export function createShardPump(spec: ShardPumpSpec): ShardPump {
  const stopping = new AbortController();
  const progress = createShardProgress(spec.shardId);
  const collect = createCollector(spec, progress, stopping.signal);
  const deliver = createDeliverer(spec, progress, stopping.signal);
  return {
    async run() {
      let next = collect();
      for (;;) {
        const batch = await next;
        if (batch.length === 0) break;
        next = collect();
        await deliver(batch);
      }
      return !stopping.signal.aborted;
    },
    stop: () => stopping.abort(),
    position: () => progress.position(),
    isDrainedSince: (sinceMs) => progress.isDrainedSince(sinceMs),
  };
}

type Records = readonly KinesisStreamRecord[];

/** @returns a function for the next batch; an empty one when the shard has ended or we are to stop */
function createCollector(spec: ShardPumpSpec, progress: ShardProgress, signal: AbortSignal) {
  const { clock, pause, random } = spec.time ?? machineTime;
  let records: Records = [];
  let sizes: readonly number[] = [];
  let ended = false;
  let nextReadMs = 0;

  const readOnce = async () => {
    await pause(Math.max(0, nextReadMs - clock()), signal);
    if (signal.aborted) return;
    const beganMs = clock();
    nextReadMs = beganMs + spec.readIntervalMs;
    try {
      const read = await spec.read(signal);
      records = [...records, ...read.records];
      sizes = [...sizes, ...read.sizes];
      ended = read.ended;
      progress.noteRead(read, beganMs);
    } catch (error) {
      if (!signal.aborted) spec.onError('read', error);
      await pause(retryDelayMs(2, random()), signal);
    }
  };

  return async (): Promise<Records> => {
    let firstSeenMs = records.length > 0 ? clock() : undefined;
    while (!signal.aborted && !ended && records.length < spec.recordsMax) {
      if (firstSeenMs !== undefined && clock() - firstSeenMs >= spec.windowMs) break;
      await readOnce();
      if (records.length > 0) firstSeenMs ??= clock();
    }
    if (signal.aborted) return [];
    const length = batchLength(sizes, spec.recordsMax);
    const batch = records.slice(0, length);
    records = records.slice(length);
    sizes = sizes.slice(length);
    return batch;
  };
}

/** @returns a function that settles when every record of a batch is done, or we are to stop */
function createDeliverer(spec: ShardPumpSpec, progress: ShardProgress, signal: AbortSignal) {
  const { pause, random } = spec.time ?? machineTime;
  const done = async (records: Records) => {
    const sequence = records.at(-1)?.kinesis.sequenceNumber;
    if (sequence === undefined) return;
    progress.noteDone(records.length, sequence);
    await spec.checkpoint(sequence).catch((error: unknown) => spec.onError('checkpoint', error));
  };

  /** @returns what is left of `part`, in the parts to try next */
  const attempt = async (part: Records): Promise<readonly Records[]> => {
    const sequences = part.map((record) => record.kinesis.sequenceNumber);
    let response: BatchResponse;
    try {
      response = await spec.invoke({ Records: [...part] });
    } catch (error) {
      spec.onError('batch', error);
      return bisect(part);
    }
    const verdict = judgeStreamBatch(sequences, response);
    if (verdict.kind === 'done') {
      await done(part);
      return [];
    }
    await done(part.slice(0, verdict.from));
    spec.onError('batch', new Error(`${part.length - verdict.from} of ${part.length} records failed`));
    return [part.slice(verdict.from)];
  };

  return async (batch: Records): Promise<void> => {
    let parts: readonly Records[] = [batch];
    while (parts.length > 0 && !signal.aborted) {
      const [part = [], ...rest] = parts;
      const left = await attempt(part);
      parts = [...left, ...rest];
      if (left.length > 0) await pause(retryDelayMs(progress.noteFailure(), random()), signal);
    }
  };
}
