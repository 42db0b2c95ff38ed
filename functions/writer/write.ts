import middy, { type MiddlewareObj, type MiddyfiedHandler } from '@middy/core';
import type { KinesisStreamEvent, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { BatchOutcome, Clock, DefinitionSource, Log, Metrics, VoteStore } from '../core/ports.ts';
import { createRecordCounter } from './count-records.ts';
import { type Delivery, readDelivery } from './deliveries.ts';
import { recordVotes } from './record-votes.ts';

export interface WriterDependencies {
  readonly definitions: DefinitionSource;
  readonly store: VoteStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** What may be said of an error in a log. */
  readonly describeError: (error: unknown) => string;
}

/**
 * Batches after which an environment folds the tally. Folding rewrites each counter once however many
 * batches touched it, so the more batches the cheaper; what waits is summed by every reader, so not too many.
 */
const foldEveryBatches = 32;

/**
 * The writer: decode → one transaction → tell which items failed. A batch is recorded whole or
 * delivered again whole; a record that cannot be counted never holds up its neighbours. Whatever goes
 * wrong outside the data (database away, disk full, object store away) fails the batch, and the event
 * source delivers it again for as long as the stream keeps it.
 */
export function createWriter(deps: WriterDependencies): MiddyfiedHandler<Event, SQSBatchResponse> {
  const countRecords = createRecordCounter(deps);
  let batches = 0;

  async function write(delivery: Delivery): Promise<void> {
    const startedAtMs = deps.clock();
    const { origin, records } = delivery;
    const counted = await countRecords(records);
    const outcome = await recordVotes(deps.store, { origin, ...counted });
    for (const { reason } of counted.uncountable.slice(0, 10))
      deps.log('writer.quarantined', { reason, shard: origin.shard });
    const endedAtMs = deps.clock();
    deps.log('writer.batch-recorded', { ...origin, ...outcome, ms: endedAtMs - startedAtMs });
    measure(deps.metrics, outcome, endedAtMs - delivery.oldestAtMs);
    batches++;
    if (batches % foldEveryBatches === 0) await fold();
  }

  /** Only a convenience for readers: what is not folded now is folded later, and counts all the same. */
  async function fold(): Promise<void> {
    try {
      await deps.store.fold();
    } catch (error) {
      deps.log('tally.fold-failed', { error: deps.describeError(error) });
    }
  }

  return middy<Event, SQSBatchResponse>()
    .use(redeliverOnFailure(deps))
    .handler(async (event) => {
      const delivery = readDelivery(event);
      if (delivery !== null) await write(delivery);
      deps.metrics.flush();
      return { batchItemFailures: [] };
    });
}

function measure(metrics: Metrics, outcome: BatchOutcome, ageMs: number): void {
  metrics.count('Recorded', outcome.recorded);
  metrics.count('Repeated', outcome.repeated);
  metrics.count('Duplicates', outcome.duplicates);
  metrics.count('Quarantined', outcome.quarantined);
  // Two hosts' clocks: a little below 0 is 0.
  metrics.observe('RecordAge', Math.max(0, ageMs));
}

type Event = KinesisStreamEvent | SQSEvent;

/**
 * Answers a failure with the items to deliver again. Throwing instead would make the event source
 * halve the batch, again and again, over an outage that no halving can mend.
 */
function redeliverOnFailure({
  log,
  metrics,
  describeError,
}: WriterDependencies): MiddlewareObj<Event, SQSBatchResponse> {
  return {
    onError(request) {
      log('writer.batch-failed', {
        records: request.event.Records.length,
        error: describeError(request.error),
      });
      metrics.count('BatchesFailed');
      metrics.flush();
      request.response = { batchItemFailures: [...(readDelivery(request.event)?.failures ?? [])] };
    },
  };
}
