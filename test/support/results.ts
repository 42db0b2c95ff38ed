import type { Election } from '../../functions/core/election.ts';
import type {
  CountSnapshot,
  DefinitionSource,
  LogFields,
  ProgressSnapshot,
  ResultsScope,
} from '../../functions/core/ports.ts';
import { createAlbHandler } from '../../functions/http/alb.ts';
import { createResultsApp } from '../../functions/results/app.ts';
import { albEvent, type TestRequest } from './alb.ts';
import { openMs } from './election.ts';
import { toAnswer } from './ingest.ts';
import { createCounts } from './metrics.ts';
import { definitionsOf } from './records.ts';

/** The real results app with a store that answers from memory, or not at all. */
export function createTestResults(
  elections: readonly Election[],
  definitions: DefinitionSource = definitionsOf(...elections),
) {
  const state = {
    nowMs: openMs,
    snapshot: null as CountSnapshot | null,
    progress: null as ProgressSnapshot | null,
    failure: null as Error | null,
    receipt: 'recorded' as const,
  };
  const asked: unknown[] = [];
  const logged: LogFields[] = [];
  const answer = async <T>(value: T, ...what: unknown[]): Promise<T> => {
    asked.push(what);
    if (state.failure !== null) throw state.failure;
    return value;
  };
  const app = createResultsApp({
    definitions,
    store: {
      readCounts: (id, scope: ResultsScope) => answer(state.snapshot, id, scope),
      readProgress: (id) => answer(state.progress, id),
      readReceipt: (id, voterKey, ballotId) => answer(state.receipt, id, voterKey, ballotId),
    },
    clock: () => state.nowMs,
    log: (_, fields = {}) => logged.push(fields),
    metrics: createCounts(),
  });
  const handle = createAlbHandler(app);
  const send = async (request: TestRequest, shape: 'single' | 'multi' = 'multi') =>
    toAnswer(await handle(albEvent(request, shape)));
  return { state, asked, logged, send };
}
export type TestResults = ReturnType<typeof createTestResults>;
