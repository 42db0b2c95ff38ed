import { createS3Client } from '../adapters/aws-clients.ts';
import { createDefinitionSource } from '../adapters/definitions.ts';
import { createLog, describeError } from '../adapters/log.ts';
import { createMetrics } from '../adapters/metrics.ts';
import { readBooks } from '../adapters/postgres/books.ts';
import { countBallotsInDefaultPartitions, makeBallotPartitions } from '../adapters/postgres/partitions.ts';
import { createPool } from '../adapters/postgres/pool.ts';
import { createVoteStore } from '../adapters/postgres/vote-store.ts';
import { readEnvironment } from '../core/environment.ts';
import { environmentNames } from './env.ts';
import type { MaintenanceDependencies } from './maintain.ts';

/** Longer than any statement of the maintainer may take (55 s, in the migrations), shorter than the function. */
export const answerMsMax = 57_000;

/** Puts the function together from its environment. Throws if a variable is missing. */
export function wireMaintenance(): MaintenanceDependencies {
  const env = readEnvironment(environmentNames, process.env);
  const log = createLog('maintenance');
  const metrics = createMetrics({ functionName: process.env['AWS_LAMBDA_FUNCTION_NAME'], clock: Date.now });
  const pool = createPool({
    url: env.DATABASE_URL,
    connectionsMax: 1,
    applicationName: 'ballotstream-maintenance',
    answerMsMax,
  });
  return {
    definitions: createDefinitionSource({
      s3: createS3Client(),
      bucket: env.DEFINITION_BUCKET,
      clock: Date.now,
      log,
    }),
    store: createVoteStore(pool),
    makePartitions: (day, regions) => makeBallotPartitions(pool, day, regions),
    readBooks: () => readBooks(pool),
    countBallotsInDefaultPartitions: () => countBallotsInDefaultPartitions(pool),
    clock: Date.now,
    log,
    metrics,
    describeError,
  };
}
