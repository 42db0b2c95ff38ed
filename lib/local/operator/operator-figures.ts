import { join } from 'node:path';
import type { OperatorFigures } from '../../../schema/wire/operator.ts';
import { createLocalKinesis } from '../aws-clients.ts';
import { streamName } from '../local-account.ts';
import { waitUntilDrained } from '../pipeline-drain.ts';
import type { PipelinePositions } from '../pipeline-positions.ts';
import { createAcceptedVotes } from './accepted-votes.ts';
import { judgeBooks } from './judge-books.ts';
import { createLedgerReader, ledgerName } from './overflow-ledger.ts';
import { readWriterBooks, type SourceBooks, type WriterBooks } from './read-books.ts';
import { createStreamTail, type StreamTail, type TailedShard } from './stream-tail.ts';

/** Of a stream that is long already, so many before an answer: some seconds of reading. */
const recordsPerAnswer = 50_000;
/** Enough for a quiet pipeline to say that it is; a busy one says that it is not. */
const drainMsMax = 1_000;
/** However many look at the page. */
const freshMs = 1_000;

export interface OperatorSources {
  readonly dataDir: string;
  readonly streamEndpoint: string;
  /** Of the role `auditor`, at whatever server takes writes. */
  readonly auditorUrl: () => string;
  /** The writer; it may be just being started again, and then does not answer. */
  readonly ask: (question: string) => Promise<unknown>;
}

/**
 * The operator's figures, made when somebody asks for them: nothing is read before. Counts what was accepted by
 * reading the stream itself, and compares it with what the writers noted.
 *
 * @returns a function whose answers are at most a second old; it rejects when stream or database do not answer
 */
export function createOperatorFigures(sources: OperatorSources): () => Promise<OperatorFigures> {
  const votes = createAcceptedVotes();
  const tail = createStreamTail(createLocalKinesis(sources.streamEndpoint), streamName, votes.note);
  const readLedger = createLedgerReader(join(sources.dataDir, ledgerName));
  const countAccepted = async () => {
    const isRead = await tail.readOn(recordsPerAnswer);
    for (const key of readLedger()) votes.noteKey(key);
    return { isRead, accepted: votes.count() };
  };

  const look = async (): Promise<OperatorFigures> => {
    const before = await countAccepted();
    const isDrained = before.isRead && (await waitUntilDrained(sources.ask, { withinMs: drainMsMax }));
    const positions = await sources.ask('positions').then(
      (value) => value as PipelinePositions,
      () => null,
    );
    const books = await readWriterBooks(sources.auditorUrl());
    const after = await countAccepted();
    const sums = sumSources(books.sources);
    const judged = judgeBooks({
      acceptedBefore: before.accepted,
      acceptedAfter: after.accepted,
      books: sums,
      unaccounted: books.unaccounted,
      isDrained,
      isRead: before.isRead && after.isRead,
      isWhole: !votes.isFull() && holdsEverything(tail.shards(), books.sources),
    });
    const nowMs = Date.now();
    const { recorded, duplicates, quarantined } = sums;
    const shards = describeShards(tail, books, positions, nowMs);
    return {
      at: new Date(nowMs).toISOString(),
      ...judged,
      accepted: after.accepted,
      recorded,
      duplicates,
      quarantined,
      unaccounted: books.unaccounted,
      oldestMs: Math.max(0, ...shards.map((one) => one.oldestMs)),
      acceptedPerSecond: sumOf(shards, (one) => one.acceptedPerSecond),
      recordedPerSecond: sums.recordedPerSecond,
      shards,
      queue: describeQueue(books, positions),
      quarantine: [...books.quarantine],
    };
  };
  return shareFor(freshMs, look);
}

type Sums = Pick<SourceBooks, 'recorded' | 'repeated' | 'duplicates' | 'quarantined' | 'recordedPerSecond'>;

const sumOf = <One>(all: readonly One[], pick: (one: One) => number): number =>
  all.reduce((total, one) => total + pick(one), 0);

function sumSources(sources: readonly Sums[]): Sums {
  const sum = (pick: (source: Sums) => number) => sumOf(sources, pick);
  return {
    recorded: sum((source) => source.recorded),
    repeated: sum((source) => source.repeated),
    duplicates: sum((source) => source.duplicates),
    quarantined: sum((source) => source.quarantined),
    recordedPerSecond: sum((source) => source.recordedPerSecond),
  };
}

/** Whether no batch began with a record that the stream does not hold any more. */
export function holdsEverything(
  shards: readonly Pick<TailedShard, 'shard' | 'firstSequence'>[],
  sources: readonly Pick<SourceBooks, 'source' | 'shard' | 'firstSequence'>[],
): boolean {
  const first = new Map(shards.map(({ shard, firstSequence }) => [shard, firstSequence]));
  return sources.every(({ source, shard, firstSequence }) => {
    const held = first.get(shard) ?? null;
    return source === 'sqs' || (held !== null && BigInt(held) <= BigInt(firstSequence));
  });
}

function describeShards(
  tail: StreamTail,
  { sources }: WriterBooks,
  positions: PipelinePositions | null,
  nowMs: number,
): OperatorFigures['shards'] {
  return tail.shards().map(({ shard, records }) => {
    const own = sources.filter((one) => one.source === 'kinesis' && one.shard === shard);
    const oldestAtMs = tail.oldestBehind(shard, own[0]?.lastSequence ?? null);
    const position = positions?.shards.find(({ shardId }) => shardId === shard);
    return {
      shard,
      records,
      acceptedPerSecond: tail.arrivalsPerSecond(shard, nowMs),
      ...sumSources(own),
      oldestMs: oldestAtMs === null ? 0 : Math.max(0, nowMs - oldestAtMs),
      inHand: position?.inHand ?? null,
      failures: position?.failures ?? null,
    };
  });
}

function describeQueue(
  { sources }: WriterBooks,
  positions: PipelinePositions | null,
): OperatorFigures['queue'] {
  return {
    waiting: positions === null ? null : positions.queue.visible + positions.queue.notVisible,
    ...sumSources(sources.filter((one) => one.source === 'sqs')),
  };
}

/** One call at a time, and its answer for everybody who asks within `ms` of it. */
function shareFor<T>(ms: number, make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  let settledMs = Number.NEGATIVE_INFINITY;
  let isMaking = false;
  return () => {
    if (made !== undefined && (isMaking || Date.now() - settledMs < ms)) return made;
    isMaking = true;
    made = make().finally(() => {
      isMaking = false;
      settledMs = Date.now();
    });
    return made;
  };
}
