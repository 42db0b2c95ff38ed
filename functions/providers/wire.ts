import { createS3Client } from '../adapters/aws-clients.ts';
import { createDefinitionSource } from '../adapters/definitions.ts';
import { createLog, describeError } from '../adapters/log.ts';
import { fetchKeySet, putProviderKeys } from '../adapters/provider-keys.ts';
import { readEnvironment } from '../core/environment.ts';
import { environmentNames } from './env.ts';
import type { KeyFetcherDependencies } from './fetch-keys.ts';

/** Puts the function together from its environment. Throws if a variable is missing. */
export function wireProviders(): KeyFetcherDependencies {
  const env = readEnvironment(environmentNames, process.env);
  const log = createLog('providers');
  const s3 = createS3Client();
  return {
    definitions: createDefinitionSource({ s3, bucket: env.DEFINITION_BUCKET, clock: Date.now, log }),
    fetchKeys: fetchKeySet,
    storeKeys: (jwksUri, keys) => putProviderKeys(s3, env.DEFINITION_BUCKET, jwksUri, keys),
    clock: Date.now,
    log,
    describeError,
  };
}
