import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { securityHeaders } from '../../schema/wire/answer-headers.ts';
import { electionIdSchema, receiptIdSchema, regionIdSchema, stationIdSchema } from '../../schema/wire/ids.ts';
import { buildProgress } from '../core/build-progress.ts';
import { buildResults, scopeFor } from '../core/build-results.ts';
import type { Election } from '../core/election.ts';
import { pageStations } from '../core/page-stations.ts';
import { readReceiptId } from '../core/pass.ts';
import type { Clock, DefinitionSource, Log, Metrics, ResultsStore } from '../core/ports.ts';
import { problem } from '../core/problem.ts';
import type { AlbEnv } from '../http/alb.ts';
import { toProblemErrors } from '../http/read-json.ts';
import { answerError, otherMethods, sendCached, sendJson, sendProblem } from '../http/responses.ts';

export interface ResultsDependencies {
  readonly definitions: DefinitionSource;
  readonly store: ResultsStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Results may be this old at the edge; viewers never reach the database more often. */
const resultsMaxAgeSeconds = 1;
/**
 * Minutes and stations move slower, and reading them costs more: 0.55 s for 100,000 stations, so that a dozen of
 * CloudFront's caches keep two thirds of a core of a reader busy.
 */
const progressMaxAgeSeconds = 10;

const resultsQuerySchema = z
  .strictObject({
    by: z.enum(['election', 'region', 'station']).default('election'),
    region: regionIdSchema.optional(),
    after: stationIdSchema.optional(),
  })
  .refine(({ by, region }) => (by === 'station') === (region !== undefined), {
    message: '`region` goes with `by=station`, and only with it',
    path: ['region'],
  })
  .refine(({ by, after }) => after === undefined || by === 'station', {
    message: '`after` goes with `by=station`',
    path: ['after'],
  });

/** The reading side of the API: results and receipts. */
export function createResultsApp(deps: ResultsDependencies): Hono<AlbEnv> {
  const app = new Hono<AlbEnv>();
  app.get('/v1/elections/:election/results', (c) => getResults(c, deps));
  app.all('/v1/elections/:election/results', otherMethods('GET', 'HEAD'));
  app.get('/v1/elections/:election/results/progress', (c) => getProgress(c, deps));
  app.all('/v1/elections/:election/results/progress', otherMethods('GET', 'HEAD'));
  app.get('/v1/elections/:election/receipts/:receiptId', (c) => getReceipt(c, deps));
  app.all('/v1/elections/:election/receipts/:receiptId', otherMethods('GET', 'HEAD'));
  app.notFound((c) => sendProblem(c, 'not-found'));
  app.onError(answerError(deps.log));
  return app;
}

async function findElection(
  c: Context<AlbEnv>,
  { definitions }: ResultsDependencies,
): Promise<Election | null> {
  const id = electionIdSchema.safeParse(c.req.param('election'));
  return id.success ? definitions.get(id.data) : null;
}

async function getResults(c: Context<AlbEnv>, deps: ResultsDependencies): Promise<Response> {
  const query = resultsQuerySchema.safeParse(c.req.query());
  if (!query.success) return sendProblem(c, 'invalid-query', undefined, toProblemErrors(query.error));
  const election = await findElection(c, deps);
  if (election === null) return sendProblem(c, 'unknown-election');
  if (isSecret(election, deps.clock())) return sendNotPublic(c, election, deps.clock());
  const scope = scopeFor(election, query.data.by, query.data.region);
  if (scope === null) return sendProblem(c, 'unknown-region');

  const snapshot = await deps.store.readCounts(election.definition.election, scope);
  deps.metrics.count('ResultsServed');
  const results = pageStations(buildResults(election, snapshot, scope), query.data.after);
  return sendCached(
    c,
    JSON.stringify(results),
    `"${results.definition}-${results.version}"`,
    resultsMaxAgeSeconds,
  );
}

/** Beside the results: as secret as they are, and at the same position in the count. */
async function getProgress(c: Context<AlbEnv>, deps: ResultsDependencies): Promise<Response> {
  const election = await findElection(c, deps);
  if (election === null) return sendProblem(c, 'unknown-election');
  if (isSecret(election, deps.clock())) return sendNotPublic(c, election, deps.clock());
  const snapshot = await deps.store.readProgress(election.definition.election);
  deps.metrics.count('ResultsServed');
  const progress = buildProgress(election, snapshot);
  return sendCached(
    c,
    JSON.stringify(progress),
    `"${progress.definition}-${progress.version}"`,
    progressMaxAgeSeconds,
  );
}

const isSecret = ({ definition, closesAtMs }: Election, nowMs: number): boolean =>
  definition.resultsVisibility === 'after-close' && nowMs < closesAtMs;

/** Says from when on to ask again, so that nobody has to ask until then. */
function sendNotPublic(c: Context<AlbEnv>, { definition, closesAtMs }: Election, nowMs: number): Response {
  const body = { ...problem('results-not-public'), availableFrom: definition.closesAt };
  const retryAfterSeconds = Math.ceil((closesAtMs - nowMs) / 1000);
  return c.body(JSON.stringify(body), 403, {
    ...securityHeaders,
    'content-type': 'application/problem+json',
    'retry-after': String(retryAfterSeconds),
  });
}

async function getReceipt(c: Context<AlbEnv>, deps: ResultsDependencies): Promise<Response> {
  const receiptId = receiptIdSchema.safeParse(c.req.param('receiptId'));
  if (!receiptId.success) return sendProblem(c, 'not-found', 'This is not the id of a receipt.');
  const election = await findElection(c, deps);
  if (election === null) return sendProblem(c, 'unknown-election');
  const { voterKey, ballotId } = readReceiptId(receiptId.data);
  const id = election.definition.election;
  const status = await deps.store.readReceipt(id, voterKey, ballotId);
  deps.metrics.count('ReceiptsServed');
  return sendJson(c, { receiptId: receiptId.data, election: id, status });
}
