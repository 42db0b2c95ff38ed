import { createHash } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { type ElectionId, electionIdSchema } from '../../schema/wire/ids.ts';
import { batchBodyBytesMax, voteBodyBytesMax } from '../../schema/wire/limits.ts';
import type { Problem, ProblemCode } from '../../schema/wire/problem.ts';
import { type VoteRequest, voteBatchRequestSchema, voteRequestSchema } from '../../schema/wire/vote.ts';
import type { Election } from '../core/election.ts';
import { NotDurableError } from '../core/errors.ts';
import type { KioskResult } from '../core/kiosk.ts';
import type {
  Clock,
  DefinitionSource,
  KioskVerifier,
  Log,
  Metrics,
  PassVerifier,
  ReceiptSigner,
  VoteSink,
} from '../core/ports.ts';
import { problem } from '../core/problem.ts';
import type { AlbEnv } from '../http/alb.ts';
import { createSendingRoutes } from '../http/cors.ts';
import { readJson, toProblemErrors } from '../http/read-json.ts';
import { answerError, otherMethods, sendCached, sendJson, sendProblem } from '../http/responses.ts';
import { acceptVote, type Carriage, findBatchFault, judgeVote } from './cast-vote.ts';
import { openapiDocument } from './openapi.ts';

export interface IngestDependencies {
  readonly definitions: DefinitionSource;
  readonly verifier: PassVerifier;
  readonly kiosks: KioskVerifier;
  readonly receipts: ReceiptSigner;
  readonly sink: VoteSink;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Shown by /healthz. */
  readonly build: string;
}

/** Shared caches may keep a definition this long: a new version takes effect within seconds. */
const definitionMaxAgeSeconds = 3;
const openapiMaxAgeSeconds = 300;

/** The voting side of the API: definitions, votes, health. */
export function createIngestApp(deps: IngestDependencies): Hono<AlbEnv> {
  const app = new Hono<AlbEnv>();
  const sending = createSendingRoutes(deps.definitions);
  app.post('/v1/elections/:election/votes', (c) => sending.answer(c, postVote(c, deps)));
  app.all('/v1/elections/:election/votes', sending.otherMethods);
  app.post('/v1/elections/:election/votes/batch', (c) => sending.answer(c, postBatch(c, deps)));
  app.all('/v1/elections/:election/votes/batch', sending.otherMethods);
  app.get('/v1/elections/:election', (c) => getDefinition(c, deps));
  app.all('/v1/elections/:election', otherMethods('GET', 'HEAD'));
  app.get('/healthz', (c) =>
    sendJson(c, { status: 'ok', build: deps.build, definitions: deps.definitions.loaded() }),
  );
  app.all('/healthz', otherMethods('GET', 'HEAD'));
  app.get('/openapi.json', (c) => sendCached(c, openapiText, openapiTag, openapiMaxAgeSeconds));
  app.all('/openapi.json', otherMethods('GET', 'HEAD'));
  app.notFound((c) => sendProblem(c, 'not-found'));
  app.onError(answerError(deps.log));
  return app;
}

const openapiText = JSON.stringify(openapiDocument);
const openapiTag = `"${openapiDocument.info.version}"`;

async function findElection(
  c: Context<AlbEnv>,
  { definitions }: IngestDependencies,
): Promise<Election | null> {
  const id = electionIdSchema.safeParse(c.req.param('election'));
  return id.success ? definitions.get(id.data satisfies ElectionId) : null;
}

async function postVote(c: Context<AlbEnv>, deps: IngestDependencies): Promise<Response> {
  const body = readJson(c, voteBodyBytesMax);
  if (!body.ok) return refuse(c, deps, body.code);
  const request = voteRequestSchema.safeParse(body.json);
  if (!request.success) return refuse(c, deps, 'invalid-request', toProblemErrors(request.error));
  const election = await findElection(c, deps);
  if (election === null) return refuse(c, deps, 'unknown-election');
  const nowMs = deps.clock();
  const carriage = { ...carriageOf(c, election, deps, nowMs), passFingerprint: c.env.passFingerprint };
  const judgement = judgeVote(election, request.data, carriage, deps.verifier, nowMs);
  if (!judgement.ok) return refuse(c, deps, judgement.code);
  try {
    return sendJson(c, await acceptVote(judgement.vote, deps), 202);
  } catch (error) {
    if (!(error instanceof NotDurableError)) throw error;
    deps.log('ingest.not-durable');
    deps.metrics.count('NotDurable');
    return sendProblem(c, 'not-durable');
  }
}

function refuse(
  c: Context<AlbEnv>,
  { metrics }: IngestDependencies,
  code: ProblemCode,
  errors?: Problem['errors'],
): Response {
  metrics.count('Refused', 1, code);
  return sendProblem(c, code, undefined, errors);
}

async function postBatch(c: Context<AlbEnv>, deps: IngestDependencies): Promise<Response> {
  const body = readJson(c, batchBodyBytesMax);
  if (!body.ok) return refuse(c, deps, body.code);
  const batch = voteBatchRequestSchema.safeParse(body.json);
  if (!batch.success) return refuse(c, deps, 'invalid-request', toProblemErrors(batch.error));
  const election = await findElection(c, deps);
  if (election === null) return refuse(c, deps, 'unknown-election');
  const nowMs = deps.clock();
  const carriage = carriageOf(c, election, deps, nowMs);
  const fault = findBatchFault(election, carriage);
  if (fault !== null) return sendJson(c, { results: batch.data.votes.map(() => refuseOne(deps, fault)) });
  const results = await Promise.all(
    batch.data.votes.map((vote) => castOne(election, vote, carriage, deps, nowMs)),
  );
  return sendJson(c, { results });
}

function refuseOne({ metrics }: IngestDependencies, code: ProblemCode, errors?: Problem['errors']) {
  metrics.count('Refused', 1, code);
  return { status: 'refused' as const, problem: problem(code, undefined, errors) };
}

/** One vote of a batch: its receipt, or the problem that a single request would have been refused with. */
async function castOne(
  election: Election,
  input: unknown,
  carriage: Carriage,
  deps: IngestDependencies,
  nowMs: number,
) {
  const request = voteRequestSchema.safeParse(input);
  if (!request.success) return refuseOne(deps, 'invalid-request', toProblemErrors(request.error));
  if (Buffer.byteLength(JSON.stringify(input)) > voteBodyBytesMax) return refuseOne(deps, 'body-too-large');
  const vote = request.data satisfies VoteRequest;
  const judgement = judgeVote(election, vote, carriage, deps.verifier, nowMs);
  if (!judgement.ok) return refuseOne(deps, judgement.code);
  try {
    return await acceptVote(judgement.vote, deps);
  } catch (error) {
    if (!(error instanceof NotDurableError)) throw error;
    deps.metrics.count('NotDurable');
    return { status: 'refused' as const, problem: problem('not-durable') };
  }
}

/** As a batch has it. One verification and one hash of the body, however many votes in it need them. */
function carriageOf(
  c: Context<AlbEnv>,
  election: Election,
  { kiosks }: IngestDependencies,
  nowMs: number,
): Carriage {
  const authorization = c.req.header('authorization');
  let kiosk: KioskResult | undefined;
  let hash: string | undefined;
  return {
    // It carries many passes.
    passFingerprint: null,
    kiosk: () => {
      if (authorization === undefined) return null;
      kiosk ??= kiosks.verify(election, authorization, nowMs);
      return kiosk;
    },
    bodySha256: () => {
      hash ??= createHash('sha256').update(c.env.body).digest('base64url');
      return hash;
    },
  };
}

const definitionTexts = new WeakMap<Election, string>();

async function getDefinition(c: Context<AlbEnv>, deps: IngestDependencies): Promise<Response> {
  const election = await findElection(c, deps);
  if (election === null) return sendProblem(c, 'unknown-election');
  let text = definitionTexts.get(election);
  if (text === undefined) {
    text = JSON.stringify(election.definition);
    definitionTexts.set(election, text);
  }
  return sendCached(c, text, `"v${election.definition.version}"`, definitionMaxAgeSeconds);
}
