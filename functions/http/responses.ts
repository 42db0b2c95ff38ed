import type { Context, Handler } from 'hono';
import { routePath } from 'hono/route';
import { securityHeaders } from '../../schema/wire/answer-headers.ts';
import { type Problem, type ProblemCode, problems } from '../../schema/wire/problem.ts';
import { UnavailableError } from '../core/errors.ts';
import type { Log } from '../core/ports.ts';
import { problem } from '../core/problem.ts';
import type { AlbEnv } from './alb.ts';

/**
 * What is read is public and the same for everybody: pages of any origin may have it, and the edge keeps one answer
 * for all of them. Who may send is another matter: `cors.ts`.
 */
function headersOf(c: Context<AlbEnv>): Record<string, string> {
  const isRead = c.req.method === 'GET' || c.req.method === 'HEAD';
  return isRead ? { ...securityHeaders, 'access-control-allow-origin': '*' } : securityHeaders;
}

/** Seconds after which a client may retry. Clients add jitter of their own. */
const retryAfterSeconds = 2;

export function sendJson(
  c: Context<AlbEnv>,
  body: unknown,
  status: 200 | 202 = 200,
  headers: Record<string, string> = {},
): Response {
  return c.body(JSON.stringify(body), status, {
    ...headersOf(c),
    'content-type': 'application/json',
    ...headers,
  });
}

/** Refuses with the problem document for `code`; 503 tells when to come back. */
export function sendProblem(
  c: Context<AlbEnv>,
  code: ProblemCode,
  what?: string,
  errors?: Problem['errors'],
): Response {
  const body = problem(code, what, errors);
  const headers = { ...headersOf(c), 'content-type': 'application/problem+json' };
  const retry = body.status === 503 ? { 'retry-after': String(retryAfterSeconds) } : {};
  return c.body(JSON.stringify(body), problems[code].status, { ...headers, ...retry });
}

/** A cacheable answer with an ETag; 304 when the client has it. `maxAgeSeconds` is for shared caches too. */
export function sendCached(c: Context<AlbEnv>, body: string, etag: string, maxAgeSeconds: number): Response {
  const headers = { ...headersOf(c), etag, 'cache-control': `public, max-age=${maxAgeSeconds}` };
  const known = (c.req.header('if-none-match') ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag) || known.includes('*')) return c.body(null, 304, headers);
  return c.body(body, 200, { ...headers, 'content-type': 'application/json' });
}

/** For the methods that a path does not have; also answers OPTIONS. */
export function otherMethods(...allowed: readonly string[]): Handler<AlbEnv> {
  const allow = [...allowed, 'OPTIONS'].join(', ');
  return (c) => {
    if (c.req.method === 'OPTIONS') return c.body(null, 204, { ...securityHeaders, allow });
    const response = sendProblem(c, 'method-not-allowed');
    response.headers.set('allow', allow);
    return response;
  };
}

/** Whatever a handler throws: 503 when something needed is away, 500 for what nobody expected. */
export function answerError(log: Log): (error: Error, c: Context<AlbEnv>) => Response {
  return (error, c) => {
    const cause = error.cause instanceof Error ? error.cause.name : '';
    log('request.failed', { route: routePath(c), error: error.name, cause });
    return sendProblem(c, error instanceof UnavailableError ? 'temporarily-unavailable' : 'internal-error');
  };
}

/** RFC 6901. */
export function toPointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
