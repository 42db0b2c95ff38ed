import { describe, expect, it } from 'vitest';
import { checkService } from '../../functions/canary/check-service.ts';

const origin = 'https://vote.example.org';
const problem = (code: string) => JSON.stringify({ type: `urn:ballotstream:problem:${code}` });

/** What a healthy service answers, by method and path; test/e2e asks a real one. */
const healthy: Readonly<Record<string, readonly [status: number, body: string]>> = {
  'GET /healthz': [200, '{"status":"ok"}'],
  'GET /openapi.json': [200, '{}'],
  'POST /v1/elections/canary-no-such-election/votes': [400, problem('invalid-request')],
  'GET /v1/elections/canary-no-such-election/results': [404, problem('unknown-election')],
};

function check(changes: Readonly<Record<string, readonly [number, string]>> = {}) {
  const asked: string[] = [];
  const answers = { ...healthy, ...changes };
  const request: typeof fetch = async (input, init) => {
    const key = `${init?.method ?? 'GET'} ${new URL(input instanceof Request ? input.url : input).pathname}`;
    asked.push(key);
    const [status, body] = answers[key] ?? [500, ''];
    return new Response(body, { status });
  };
  return { asked, result: checkService({ origin, fetch: request, timeoutMs: 1_000 }) };
}

describe('the canary', () => {
  it('is content with a service that answers as it should', async () => {
    const { asked, result } = check();
    await expect(result).resolves.toBeUndefined();
    expect(asked).toEqual(Object.keys(healthy));
  });

  it.each(Object.keys(healthy))('says what is wrong when the edge answers 403 to %s', async (key) => {
    const path = key.split(' ')[1] ?? '';
    await expect(check({ [key]: [403, ''] }).result).rejects.toThrow(`${path}: 403 instead of`);
  });

  it.each(Object.entries(healthy).filter(([key]) => key !== 'GET /openapi.json'))(
    'does not take a page of somebody else for the answer to %s',
    async (key, [status]) => {
      await expect(check({ [key]: [status, '<html>'] }).result).rejects.toThrow('is not JSON');
      await expect(check({ [key]: [status, '{}'] }).result).rejects.toThrow('is undefined instead of');
    },
  );

  it('does not wait for ever', async () => {
    const hanging: typeof fetch = (_, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error));
      });
    await expect(checkService({ origin, fetch: hanging, timeoutMs: 5 })).rejects.toThrow(/timeout/i);
  });

  it('casts nothing that could be counted: its vote is no vote, for an election that is none', async () => {
    const bodies: unknown[] = [];
    const request: typeof fetch = async (_, init) => {
      if (init?.body !== undefined) bodies.push(init.body);
      return new Response('{"status":"ok"}');
    };
    await expect(checkService({ origin, fetch: request, timeoutMs: 1_000 })).rejects.toThrow();
    expect(bodies).toEqual(['{}']);
  });
});
