import { createS3Client } from '../adapters/aws-clients.ts';
import { createDefinitionSource } from '../adapters/definitions.ts';
import { createLog } from '../adapters/log.ts';
import { createStackStatusReader } from '../adapters/stack-status.ts';
import { readEnvironment } from '../core/environment.ts';
import type { Log } from '../core/ports.ts';
import { environmentNames } from './env.ts';
import type { GateDependencies } from './guard.ts';

/** Puts the function together from its environment. Throws if a variable is missing. */
export function wireGate(): GateDependencies & { readonly log: Log } {
  const env = readEnvironment(environmentNames, process.env);
  const log = createLog('gate');
  const clock = Date.now;
  const s3 = createS3Client();
  return {
    openDefinitions: () => createDefinitionSource({ s3, bucket: env.DEFINITION_BUCKET, clock, log }),
    stackStatus: createStackStatusReader(),
    clock,
    log,
  };
}
