import { type FunctionEnvironment, withEnvironment } from './services/load-handler.ts';

/*
 * For a measurement that calls a function in its own process, without HTTP and without an event
 * source. Each reads its environment while it is loaded: one environment a process.
 */

export const loadIngest = (from: FunctionEnvironment) =>
  withEnvironment(from, async () => (await import('../../functions/ingest/handler.ts')).handler);

export const loadWriter = (from: FunctionEnvironment) =>
  withEnvironment(from, async () => (await import('../../functions/writer/handler.ts')).handler);

export const loadResults = (from: FunctionEnvironment) =>
  withEnvironment(from, async () => (await import('../../functions/results/handler.ts')).handler);

/** The writer's store without its handler: batches that are decoded and judged already. */
export const loadVoteStore = (from: FunctionEnvironment) =>
  withEnvironment(from, async () => (await import('../../functions/writer/wire.ts')).wireWriter().store);
