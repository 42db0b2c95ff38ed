import type { Definition } from '../../../schema/wire/definition.ts';
import type { Problem } from '../../../schema/wire/problem.ts';
import type { Progress } from '../../../schema/wire/progress.ts';
import type { Results } from '../../../schema/wire/results.ts';

/** What became of asking for something that changes. */
export type Asked<Body> =
  | { readonly kind: 'new'; readonly body: Body }
  | { readonly kind: 'same' }
  /** `availableFrom`: when it will be public, as far as the answer says. */
  | {
      readonly kind: 'not-public';
      readonly availableFrom: string | null;
      readonly retryAfterMs: number | null;
    }
  /** There is no such election or region. */
  | { readonly kind: 'unknown' }
  /** No answer, or none that can be used. */
  | { readonly kind: 'failed'; readonly retryAfterMs: number | null };

/** Longer than the edge waits for the origin (10 s). */
const answerMsMax = 12_000;
const notPublic = 'urn:ballotstream:problem:results-not-public';

/**
 * A function that asks for one address again and again, and names what it has (`If-None-Match`), so that an answer
 * without news has no body. Never rejects.
 *
 * @param isUsable whether a body is what was asked for; an answer that is not counts as failed
 */
export function createAsker<Body>(
  address: string,
  isUsable: (body: unknown) => body is Body,
  fetcher: typeof fetch = fetch,
): () => Promise<Asked<Body>> {
  let etag: string | null = null;
  return async () => {
    try {
      const response = await fetcher(address, {
        // The edge keeps answers for a second; the browser's own store would only add to that.
        cache: 'no-store',
        headers: etag === null ? {} : { 'if-none-match': etag },
        signal: AbortSignal.timeout(answerMsMax),
      });
      if (response.status === 304) return { kind: 'same' };
      if (!response.ok) return await readRefusal(response);
      const body: unknown = await response.json();
      if (!isUsable(body)) return { kind: 'failed', retryAfterMs: null };
      etag = response.headers.get('etag');
      return { kind: 'new', body };
    } catch {
      return { kind: 'failed', retryAfterMs: null };
    }
  };
}

async function readRefusal(response: Response): Promise<Asked<never>> {
  const retryAfterMs = readSeconds(response.headers.get('retry-after'));
  const problem = (await response.json().catch(() => null)) as Partial<Problem> | null;
  if (response.status === 403 && problem?.type === notPublic)
    return { kind: 'not-public', availableFrom: problem.availableFrom ?? null, retryAfterMs };
  if (response.status === 404) return { kind: 'unknown' };
  return { kind: 'failed', retryAfterMs };
}

/** Nobody of ours sends a date. An election may be a year away. */
function readSeconds(value: string | null): number | null {
  return value !== null && /^\d{1,9}$/.test(value) ? Number(value) * 1000 : null;
}

const isPositioned = (body: unknown): body is Record<string, unknown> =>
  typeof body === 'object' &&
  body !== null &&
  'version' in body &&
  Number.isSafeInteger(body.version) &&
  'definition' in body &&
  Number.isSafeInteger(body.definition);

// The schemas themselves would weigh more than the page. Its answers come from its own origin; what is told apart
// here is an answer of the API from a proxy's.
export const isResults = (body: unknown): body is Results =>
  isPositioned(body) && Array.isArray(body['contests']) && typeof body['ballots'] === 'number';
export const isProgress = (body: unknown): body is Progress =>
  isPositioned(body) && Array.isArray(body['regions']) && typeof body['minutes'] === 'object';
export const isDefinition = (body: unknown): body is Definition =>
  typeof body === 'object' &&
  body !== null &&
  'closesAt' in body &&
  'timeZone' in body &&
  'resultsVisibility' in body;
