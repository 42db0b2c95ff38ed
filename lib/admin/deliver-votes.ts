import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ElectionId, KioskId } from '../../schema/wire/ids.ts';
import { kioskScheme, type TokenClaims } from '../../schema/wire/kiosk.ts';
import { type VoteRequest, voteBatchResponseSchema } from '../../schema/wire/vote.ts';
import { countEach, type OpenedFile } from './kiosk-file.ts';
import type { Office } from './office.ts';
import { registerKiosk } from './register-kiosks.ts';

/** As kiosks send them: so that a bad line loses little, and below the 1 MiB that the API takes. */
const batchVotesMax = 100;
const batchBytesMax = 900 * 1024;
const answerMsMax = 60_000;
/** A minute and a half of pauses, for a service that says "later" or nothing. */
const attemptsMax = 8;
const pauseMsMax = 30_000;
const tokenSeconds = 150;

export interface DeliveryOptions {
  /** Where the API answers. */
  readonly endpoint: string;
  /** Told after each batch how many votes it has been through. */
  readonly onProgress: (done: number) => void;
  /** Between attempts, milliseconds. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

export interface Delivery {
  /** The kiosk's id that the votes came in under. */
  readonly courier: KioskId;
  readonly accepted: number;
  /** By why, in the API's words. */
  readonly refused: Readonly<Record<string, number>>;
  /** Neither: the service was away, or did not say. */
  readonly unanswered: number;
}

/**
 * Casts a kiosk's votes through the API, as another kiosk of its station that exists for this alone: the one that they
 * come from may be broken, its token has ended, and the office is who answers for their cast times. Votes that
 * the service has already are retries to it, and count once.
 *
 * @throws AdminError where the election's kiosks can deliver no more, and what the office's stores throw
 */
export async function deliverVotes(
  office: Office,
  { election, region, station, sha256, votes }: OpenedFile,
  { endpoint, onProgress, pause = sleep }: DeliveryOptions,
): Promise<Delivery> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64url');
  const courier = await registerKiosk(
    office,
    { election, region, station, key, days: null, file: sha256 },
    Date.now(),
  );
  const line: Line = {
    url: `${endpoint}/v1/elections/${election}/votes/batch`,
    authorize: (body) =>
      `${kioskScheme}${courier.credential}~${signToken(privateKey, courier.kiosk, election, body)}`,
    pause,
  };
  const outcomes: Outcome[] = [];
  for (const batch of inBatches(votes)) {
    const known = await castUntilAnswered(line, batch);
    outcomes.push(...known);
    onProgress(outcomes.length);
    // The next batch would wait as long for nothing.
    if (known.every((outcome) => outcome === null)) break;
  }
  const accepted = outcomes.filter((outcome) => outcome === 'accepted').length;
  const refused = outcomes.filter((outcome) => outcome !== null).filter((outcome) => outcome !== 'accepted');
  return {
    courier: courier.kiosk,
    accepted,
    refused: countEach(refused),
    unanswered: votes.length - accepted - refused.length,
  };
}

/** `accepted`, or why not; null: the service has not said. */
type Outcome = string | null;

interface Line {
  readonly url: string;
  /** The header for a body. */
  authorize(body: string): string;
  pause(ms: number): Promise<unknown>;
}

function* inBatches(votes: readonly VoteRequest[]): Generator<readonly VoteRequest[]> {
  let batch: VoteRequest[] = [];
  let bytes = 0;
  for (const vote of votes) {
    const more = Buffer.byteLength(JSON.stringify(vote)) + 1;
    if (batch.length === batchVotesMax || (batch.length > 0 && bytes + more > batchBytesMax)) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(vote);
    bytes += more;
  }
  if (batch.length > 0) yield batch;
}

/** Repeats the votes of a batch that nothing final was said of; repeating one is always safe. */
async function castUntilAnswered(line: Line, votes: readonly VoteRequest[]): Promise<Outcome[]> {
  const outcomes = new Map<string, Outcome>();
  const open = () => votes.filter(({ ballotId }) => (outcomes.get(ballotId) ?? null) === null);
  for (let attempt = 0; attempt < attemptsMax && open().length > 0; attempt += 1) {
    if (attempt > 0) await line.pause(Math.min(pauseMsMax, 500 * 2 ** attempt));
    const asked = open();
    const answers = await castOnce(line, asked);
    for (const [at, { ballotId }] of asked.entries()) outcomes.set(ballotId, answers[at] ?? null);
  }
  return votes.map(({ ballotId }) => outcomes.get(ballotId) ?? null);
}

async function castOnce({ url, authorize }: Line, votes: readonly VoteRequest[]): Promise<Outcome[]> {
  const body = JSON.stringify({ version: 1, votes });
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: authorize(body) },
      body,
      signal: AbortSignal.timeout(answerMsMax),
    });
    const answer: unknown = await response.json();
    if (!response.ok) return votes.map(() => readProblem(response.status, answer));
    const { results } = voteBatchResponseSchema.parse(answer);
    return votes.map(({ ballotId }, at) => {
      const result = results[at];
      if (result?.status === 'refused') return readProblem(result.problem.status, result.problem);
      // A result that does not name its ballot is none.
      return result?.receipt.ballotId === ballotId ? 'accepted' : null;
    });
  } catch {
    // No network, no time, or not the API: whether it arrived is unknown, and the votes go out again.
    return votes.map(() => null);
  }
}

/** Why, in the API's words; null: later, or not the API's words. */
function readProblem(status: number, problem: unknown): Outcome {
  const { type } = (problem ?? {}) as { type?: unknown };
  const code = typeof type === 'string' ? /^urn:ballotstream:problem:([a-z-]+)$/.exec(type)?.[1] : undefined;
  return code === undefined || status >= 500 || status === 429 ? null : code;
}

/** ES256 over the very body: a cast time counts only with it. */
function signToken(key: KeyObject, kiosk: KioskId, election: ElectionId, body: string): string {
  const iat = Math.floor(Date.now() / 1000);
  const claims: TokenClaims = {
    aud: election,
    iat,
    exp: iat + tokenSeconds,
    body: createHash('sha256').update(body).digest('base64url'),
  };
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: 'ES256', typ: 'ballotstream-cast+jwt', kid: kiosk })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}
