import { Duration } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { WriterSettings } from '../stages.ts';
import type { PipelineFunction } from './pipeline-function.ts';
import { deliverFailuresTo } from './undeliverable.ts';
import type { VoteStream } from './vote-stream.ts';

/** Without a window SQS hands over 10 at a time: too few, should the stream be away in the peak. */
const overflowWindow = Duration.seconds(1);

type WriterFunction = Pick<PipelineFunction<string>, 'live' | 'role'>;

/**
 * Feeds `writer` from the stream and the overflow queue. An outage discards nothing: the stream's
 * batches are tried again until they succeed or the stream forgets them, after seven days.
 * @returns The id of the stream's event source mapping, which its metrics go by.
 */
export function feedWriter(
  writer: WriterFunction,
  votes: VoteStream,
  undeliverable: s3.IBucket,
  settings: WriterSettings,
): string {
  const fromStream = new KinesisEventSource(votes.stream, {
    startingPosition: lambda.StartingPosition.TRIM_HORIZON,
    batchSize: settings.batchRecordsMax,
    maxBatchingWindow: Duration.seconds(settings.batchWindowSeconds),
    parallelizationFactor: settings.batchesPerShardMax,
    // Both without limit (-1), said aloud: a finite number discards votes in an outage.
    retryAttempts: -1,
    bisectBatchOnError: true,
    reportBatchItemFailures: true,
    onFailure: deliverFailuresTo(writer.role, undeliverable, writer.role),
    // Among them what was given up.
    metricsConfig: { metrics: [lambda.MetricType.EVENT_COUNT] },
  });
  writer.live.addEventSource(fromStream);
  writer.live.addEventSource(
    new SqsEventSource(votes.overflow, {
      batchSize: settings.batchRecordsMax,
      maxBatchingWindow: overflowWindow,
      reportBatchItemFailures: true,
      maxConcurrency: settings.overflowConcurrencyMax,
    }),
  );
  return fromStream.eventSourceMappingId;
}
