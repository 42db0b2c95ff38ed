import type { ALBEvent, ALBResult } from 'aws-lambda';
import type { Env, Hono } from 'hono';
import { securityHeaders } from '../../schema/wire/answer-headers.ts';
import { passFingerprintHeader } from '../../schema/wire/pass-fingerprint.ts';
import { problem } from '../core/problem.ts';

/** What a Hono app gets from the load balancer beside the request. */
export interface AlbBindings {
  /** The body as it came, before anybody took it for text; empty when there was none. */
  readonly body: Uint8Array;
  /** The client's address as CloudFront saw it, the only source that a client cannot forge; null locally without it. */
  readonly viewerAddress: string | null;
  /**
   * What the client says of its pass (`schema/wire/pass-fingerprint.ts`), sent several times joined as HTTP has it, and
   * whatever characters it has: nothing may look at one value here where the firewall counted by another. Null: nothing.
   */
  readonly passFingerprint: string | null;
}
export type AlbEnv = Env & { Bindings: AlbBindings };

/** Everything our apps read. Nothing else enters a Request, where an odd value would throw and be quoted. */
const headersRead = [
  'accept',
  'authorization',
  'content-encoding',
  'content-type',
  'if-none-match',
  'origin',
  'access-control-request-method',
  'access-control-request-headers',
] as const;

/** Methods that `Request` takes; any other one is answered like PATCH, which no route of ours has. */
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']);

/**
 * Runs a Hono app behind an Application Load Balancer, for both shapes of its event (single and
 * multi-value headers). Our own, since `hono/aws-lambda` is deprecated without a successor in the
 * registry, joins repeated headers with "; " so that a forged one can come first, prints what a
 * malformed request says, and copies the body through a stream.
 *
 * Never rejects and never answers 5xx for what a client sent: a request that cannot be expressed is 400.
 */
export function createAlbHandler(app: Hono<AlbEnv>): (event: ALBEvent) => Promise<ALBResult> {
  return async (event) => {
    const request = toRequest(event);
    const response = request === null ? badRequest() : await app.fetch(request, toBindings(event));
    return toResult(event, response);
  };
}

function toRequest(event: ALBEvent): Request | null {
  const query = queryOf(event);
  const headers: Record<string, string> = {};
  for (const name of headersRead) {
    const value = headerOf(event, name);
    if (value !== null) headers[name] = value;
  }
  try {
    // The host decides nothing here; a fixed one leaves nothing to forge.
    if (!event.path.startsWith('/')) return null;
    const url = `https://ballotstream.invalid${event.path}${query === '' ? '' : `?${query}`}`;
    return new Request(url, { method: methods.has(event.httpMethod) ? event.httpMethod : 'PATCH', headers });
  } catch {
    return null;
  }
}

/** Values as the load balancer passes them on: not decoded. */
function queryOf(event: ALBEvent): string {
  const pairs = event.multiValueQueryStringParameters
    ? Object.entries(event.multiValueQueryStringParameters).flatMap(([key, values]) =>
        (values ?? []).map((value) => [key, value]),
      )
    : Object.entries(event.queryStringParameters ?? {});
  return pairs.map(([key, value]) => `${key}=${value ?? ''}`).join('&');
}

/** The last value of a header: what the nearest proxy added, where there are several. */
function headerOf(event: ALBEvent, name: string): string | null {
  const value = valuesOf(event, name)?.at(-1);
  // A character that HTTP does not allow, or one outside Latin-1, would make `Headers` throw.
  return value === undefined || /[^\t\x20-\x7e\x80-\xff]/.test(value) ? null : value;
}

function valuesOf(event: ALBEvent, name: string): readonly string[] | undefined {
  if (event.multiValueHeaders) return event.multiValueHeaders[name];
  const value = event.headers?.[name];
  return value === undefined ? undefined : [value];
}

function toBindings(event: ALBEvent): AlbBindings {
  return {
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
    viewerAddress: headerOf(event, 'cloudfront-viewer-address'),
    passFingerprint: valuesOf(event, passFingerprintHeader)?.join(', ') ?? null,
  };
}

async function toResult(event: ALBEvent, response: Response): Promise<ALBResult> {
  const result: ALBResult = {
    statusCode: response.status,
    // Also for a request that no app saw: an answer to HEAD has no body (RFC 9110, 9.3.2).
    body: event.httpMethod === 'HEAD' ? '' : await response.text(),
    isBase64Encoded: false,
  };
  if (event.multiValueHeaders) {
    const headers: Record<string, string[]> = {};
    for (const [name, value] of response.headers) headers[name] = [...(headers[name] ?? []), value];
    return { ...result, multiValueHeaders: headers };
  }
  return { ...result, headers: Object.fromEntries(response.headers) };
}

function badRequest(): Response {
  const body = JSON.stringify(problem('invalid-request', 'The request line or a header cannot be read.'));
  return new Response(body, {
    status: 400,
    headers: { 'content-type': 'application/problem+json', ...securityHeaders },
  });
}
