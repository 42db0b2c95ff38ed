/**
 * Looks at the service from outside, as a voter's browser would, and casts nothing: a vote of a
 * canary would be a vote. That votes can be made durable is watched by what counts them; this says
 * that name, certificate, edge, firewall, load balancer and functions answer at all.
 */

export interface CheckOptions {
  /** `https://…`, without a path. */
  readonly origin: string;
  readonly fetch: typeof fetch;
  /** What one answer may take: a voter's patience is not much longer. */
  readonly timeoutMs: number;
}

/**
 * A vote that no election could take, cast into one that does not exist. 404 as a problem document
 * proves the whole way in for a POST, which caches never answer, up to the point where a vote would
 * be judged.
 */
const impossibleElection = 'canary-no-such-election';

/** @throws Error that names the first thing that is not as it should be */
export async function checkService({ origin, fetch: request, timeoutMs }: CheckOptions): Promise<void> {
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await request(`${origin}${path}`, { ...init, signal: AbortSignal.timeout(timeoutMs) });
    return { path, status: response.status, body: await response.text() };
  };

  const health = await ask('/healthz');
  expectStatus(health, 200);
  expectMember(health, 'status', 'ok');

  const api = await ask('/openapi.json');
  expectStatus(api, 200);

  const vote = await ask(`/v1/elections/${impossibleElection}/votes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  expectStatus(vote, 400);
  expectMember(vote, 'type', 'urn:ballotstream:problem:invalid-request');

  const results = await ask(`/v1/elections/${impossibleElection}/results`);
  expectStatus(results, 404);
  expectMember(results, 'type', 'urn:ballotstream:problem:unknown-election');
}

interface Answer {
  readonly path: string;
  readonly status: number;
  readonly body: string;
}

function expectStatus({ path, status }: Answer, expected: number): void {
  if (status !== expected) throw new Error(`${path}: ${status} instead of ${expected}`);
}

function expectMember({ path, body }: Answer, name: string, expected: string): void {
  let found: unknown;
  try {
    found = (JSON.parse(body) as Record<string, unknown>)[name];
  } catch {
    throw new Error(`${path}: the answer is not JSON`);
  }
  if (found !== expected)
    throw new Error(`${path}: ${name} is ${JSON.stringify(found)} instead of "${expected}"`);
}
