import { setTimeout as sleep } from 'node:timers/promises';
import { createKinesisClient, createS3Client, createSqsClient } from '../adapters/aws-clients.ts';
import { createDefinitionSource } from '../adapters/definitions.ts';
import { createKinesisStream } from '../adapters/kinesis-stream.ts';
import { createKioskVerifier } from '../adapters/kiosk-verifier.ts';
import { createLog, describeError } from '../adapters/log.ts';
import { createMetrics } from '../adapters/metrics.ts';
import { createPassVerifier } from '../adapters/pass-verifier.ts';
import { createReceiptSigner } from '../adapters/receipt-signer.ts';
import { readSecret } from '../adapters/secrets.ts';
import { createSqsOverflow } from '../adapters/sqs-overflow.ts';
import { readEnvironment } from '../core/environment.ts';
import type { IngestDependencies } from './app.ts';
import { environmentNames } from './env.ts';
import { createGroupCommit } from './group-commit.ts';

/** Puts the function together from its environment. Throws if a variable is missing. */
export function wireIngest(): IngestDependencies {
  const env = readEnvironment(environmentNames, process.env);
  const log = createLog('ingest');
  const metrics = createMetrics({ functionName: process.env['AWS_LAMBDA_FUNCTION_NAME'], clock: Date.now });
  const clock = Date.now;
  const definitions = createDefinitionSource({
    s3: createS3Client(),
    bucket: env.DEFINITION_BUCKET,
    clock,
    log,
  });
  return {
    definitions,
    verifier: createPassVerifier(),
    kiosks: createKioskVerifier(definitions),
    receipts: createReceiptSigner(() => readSecret(env.RECEIPT_KEYS), clock),
    sink: createGroupCommit({
      stream: createKinesisStream(createKinesisClient(), env.KINESIS_STREAM),
      overflow: createSqsOverflow(createSqsClient(), env.OVERFLOW_QUEUE_URL),
      // Deadlines are spans: a wall clock that jumps by an hour must not fail or hang what is in hand.
      clock: () => performance.now(),
      sleep,
      defer: setImmediate,
      random: Math.random,
      log,
      metrics,
      describeError,
    }),
    clock,
    log,
    metrics,
    build: env.BUILD_ID,
  };
}
