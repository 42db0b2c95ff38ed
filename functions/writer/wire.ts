import { createS3Client } from '../adapters/aws-clients.ts';
import { createDefinitionSource } from '../adapters/definitions.ts';
import { createLog, describeError } from '../adapters/log.ts';
import { createMetrics } from '../adapters/metrics.ts';
import { createPool } from '../adapters/postgres/pool.ts';
import { createVoteStore } from '../adapters/postgres/vote-store.ts';
import { readEnvironment } from '../core/environment.ts';
import { environmentNames } from './env.ts';
import type { WriterDependencies } from './write.ts';

/** On Lambda one batch at a time uses one; in one process, one a shard and one for the queue. */
const connectionsMax = 8;

/** Puts the function together from its environment. Throws if a variable is missing. */
export function wireWriter(): WriterDependencies {
  const env = readEnvironment(environmentNames, process.env);
  const log = createLog('writer');
  const metrics = createMetrics({ functionName: process.env['AWS_LAMBDA_FUNCTION_NAME'], clock: Date.now });
  const pool = createPool({ url: env.DATABASE_URL, connectionsMax, applicationName: 'ballotstream-writer' });
  return {
    definitions: createDefinitionSource({
      s3: createS3Client(),
      bucket: env.DEFINITION_BUCKET,
      clock: Date.now,
      log,
    }),
    store: createVoteStore(pool, (error) => log('writer.retrying', { error: describeError(error) })),
    clock: Date.now,
    log,
    metrics,
    describeError,
  };
}
