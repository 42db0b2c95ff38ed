import { readEnvironment } from '../core/environment.ts';
import type { CheckOptions } from './check-service.ts';
import { environmentNames } from './env.ts';

const timeoutMs = 5_000;

/** Throws if a variable is missing. */
export function wireCanary(): CheckOptions {
  const env = readEnvironment(environmentNames, process.env);
  return { origin: env.SERVICE_ORIGIN, fetch, timeoutMs };
}
