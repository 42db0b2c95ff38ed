import type { Definition } from '../../../schema/wire/definition.ts';
import type { Problem, ProblemCode } from '../../../schema/wire/problem.ts';

/** What became of a request. Nothing of it is thrown: a page has something to say to each. */
export type Answer<Body> =
  | { readonly kind: 'ok'; readonly body: Body }
  | {
      readonly kind: 'problem';
      readonly status: number;
      /** Null for an answer that is not the API's: a proxy's, a hotel's. */
      readonly code: ProblemCode | null;
      readonly detail: string;
      /** What `Retry-After` says; null: nothing. */
      readonly retryAfterMs: number | null;
    }
  /** No answer: no network, or too late. Whether the request arrived is unknown. */
  | { readonly kind: 'unreachable' };

export interface AskOptions {
  /** Sent as JSON with POST; GET when left out. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds; longer than ingest takes to give up (8 s). */
  readonly withinMs?: number;
}

const answerMsMax = 12_000;
const problemPrefix = 'urn:ballotstream:problem:';

/**
 * Asks the API of the page's own origin. The shape of its answers is not checked again here: they come from the same
 * origin as this script, and the schemas would weigh 28 KB compressed, four times what draws the page.
 */
export async function ask<Body>(path: string, options: AskOptions = {}): Promise<Answer<Body>> {
  const { body, headers, withinMs = answerMsMax } = options;
  try {
    const response = await fetch(path, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      signal: AbortSignal.timeout(withinMs),
    });
    if (response.ok) return { kind: 'ok', body: (await response.json()) as Body };
    return await readProblem(response);
  } catch {
    return { kind: 'unreachable' };
  }
}

async function readProblem(response: Response): Promise<Answer<never>> {
  const problem = (await response.json().catch(() => null)) as Partial<Problem> | null;
  const type = problem?.type ?? '';
  return {
    kind: 'problem',
    status: response.status,
    code: type.startsWith(problemPrefix) ? (type.slice(problemPrefix.length) as ProblemCode) : null,
    detail: problem?.detail ?? '',
    retryAfterMs: readRetryAfter(response.headers.get('retry-after')),
  };
}

/** Seconds only: nobody here sends a date. */
export function readRetryAfter(value: string | null): number | null {
  return value !== null && /^\d{1,5}$/.test(value) ? Number(value) * 1000 : null;
}

const electionShape = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

/** The parts of an address after the page's own: `/receipts/demo/abc` has `demo` and `abc`. */
export const addressParts = (pathname: string): readonly string[] =>
  pathname
    .split('/')
    .slice(2)
    .filter((part) => part !== '');

/** The election that an address names first; null: none, or nothing that could be one. */
export function electionOf(pathname: string): string | null {
  const [election = ''] = addressParts(pathname);
  return electionShape.test(election) ? election : null;
}

export const definitionAddress = (election: string): string => `/v1/elections/${election}`;

export const readDefinition = (election: string): Promise<Answer<Definition>> =>
  ask(definitionAddress(election));
