import { createS3Client } from '../adapters/aws-clients.ts';
import { createDefinitionSource } from '../adapters/definitions.ts';
import { createLog } from '../adapters/log.ts';
import { createMetrics } from '../adapters/metrics.ts';
import { createPool } from '../adapters/postgres/pool.ts';
import { createResultsStore } from '../adapters/postgres/results-store.ts';
import { readEnvironment } from '../core/environment.ts';
import type { ResultsDependencies } from './app.ts';
import { environmentNames } from './env.ts';

/** Connections of one environment: on Lambda one request at a time uses one. */
const connectionsMax = 4;

/**
 * For one read, all attempts together. Above the 2 s that a statement of the role may take (in the migrations), so that the server's own word comes
 * first; a replica that says nothing is given up then, well before the function's time is.
 */
export const readMsMax = 3_000;

/** Puts the function together from its environment. Throws if a variable is missing. */
export function wireResults(): ResultsDependencies {
  const env = readEnvironment(environmentNames, process.env);
  const log = createLog('results');
  const metrics = createMetrics({ functionName: process.env['AWS_LAMBDA_FUNCTION_NAME'], clock: Date.now });
  const pool = createPool({
    url: env.DATABASE_URL,
    connectionsMax,
    applicationName: 'ballotstream-results',
  });
  return {
    definitions: createDefinitionSource({
      s3: createS3Client(),
      bucket: env.DEFINITION_BUCKET,
      clock: Date.now,
      log,
    }),
    store: createResultsStore(pool, readMsMax),
    clock: Date.now,
    log,
    metrics,
  };
}
