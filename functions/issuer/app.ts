import { type Context, Hono } from 'hono';
import { electionIdSchema } from '../../schema/wire/ids.ts';
import { passRequestBytesMax } from '../../schema/wire/limits.ts';
import { passRequestSchema } from '../../schema/wire/passes.ts';
import type { Clock, DefinitionSource, Log } from '../core/ports.ts';
import type { AlbEnv } from '../http/alb.ts';
import { createSendingRoutes } from '../http/cors.ts';
import { readJson, toProblemErrors } from '../http/read-json.ts';
import { answerError, sendJson, sendProblem } from '../http/responses.ts';
import { type IssueDependencies, issuePass } from './issue-pass.ts';

export interface IssuerDependencies extends IssueDependencies {
  readonly definitions: DefinitionSource;
  readonly clock: Clock;
  readonly log: Log;
}

/** The issuing side of the API: passes. Never on the way of a vote. */
export function createIssuerApp(deps: IssuerDependencies): Hono<AlbEnv> {
  const app = new Hono<AlbEnv>();
  const sending = createSendingRoutes(deps.definitions);
  app.post('/v1/elections/:election/passes', (c) => sending.answer(c, postPass(c, deps)));
  app.all('/v1/elections/:election/passes', sending.otherMethods);
  app.notFound((c) => sendProblem(c, 'not-found'));
  app.onError(answerError(deps.log));
  return app;
}

async function postPass(c: Context<AlbEnv>, deps: IssuerDependencies): Promise<Response> {
  const body = readJson(c, passRequestBytesMax);
  if (!body.ok) return sendProblem(c, body.code);
  const request = passRequestSchema.safeParse(body.json);
  if (!request.success) return sendProblem(c, 'invalid-request', undefined, toProblemErrors(request.error));
  const id = electionIdSchema.safeParse(c.req.param('election'));
  const election = id.success ? await deps.definitions.get(id.data) : null;
  if (election === null) return sendProblem(c, 'unknown-election');
  const result = await issuePass(election, request.data, deps, deps.clock());
  // Neither who nor which: a log of both, beside the votes' times, would be worth stealing.
  if (result.ok) {
    deps.log('pass.issued', { election: election.definition.election, repeated: result.isRepeated });
    return sendJson(c, result.response);
  }
  deps.log('pass.refused', { election: election.definition.election, code: result.code });
  const response = sendProblem(c, result.code);
  if (result.retryAfterSeconds !== undefined)
    response.headers.set('retry-after', String(result.retryAfterSeconds));
  return response;
}
