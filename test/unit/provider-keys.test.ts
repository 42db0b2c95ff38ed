import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { fetchKeySet } from '../../functions/adapters/provider-keys.ts';
import { UnavailableError } from '../../functions/core/errors.ts';
import type { LogCode } from '../../functions/core/ports.ts';
import { createKeyFetcher } from '../../functions/providers/fetch-keys.ts';
import { openMs, testElection } from '../support/election.ts';
import { definitionsOf } from '../support/records.ts';

const publicKey = { kty: 'RSA', kid: '1', n: 'AQAB', e: 'AQAB', alg: 'RS256' };
let server: Server | undefined;
afterEach(() => server?.close());

/** A provider on this machine that answers so. */
async function serve(status: number, body: string, headers: Record<string, string> = {}): Promise<string> {
  server = createServer((_, response) => response.writeHead(status, headers).end(body));
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
}

describe('an identity provider’s keys', () => {
  it('are fetched as it publishes them', async () => {
    const uri = await serve(200, JSON.stringify({ keys: [publicKey] }));
    expect(JSON.parse(await fetchKeySet(uri))).toEqual({ keys: [publicKey] });
  });

  it.each<[string, number, string, Record<string, string>]>([
    ['an error', 500, '{"keys":[]}', {}],
    ['no JSON', 200, '<html>', {}],
    ['something else', 200, '{"key":1}', {}],
    ['private keys', 200, JSON.stringify({ keys: [{ ...publicKey, d: 'AQAB' }] }), {}],
    ['a shared secret', 200, JSON.stringify({ keys: [{ kty: 'oct', k: 'AQAB' }] }), {}],
    ['too much', 200, ' '.repeat(600 * 1024), {}],
    ['a way to elsewhere', 302, '', { location: 'http://127.0.0.1:1/' }],
  ])('that are %s are not taken', async (_, status, body, headers) => {
    await expect(fetchKeySet(await serve(status, body, headers))).rejects.toMatchObject({
      name: 'UnavailableError',
    });
  });

  it('are fetched over TLS from anywhere else', async () => {
    await expect(fetchKeySet('http://id.example.org/jwks.json')).rejects.toThrow('TLS');
  });
});

const provider = (name: string) => ({
  issuer: `https://${name}.example.org`,
  audience: 'ballotstream',
  jwksUri: `https://${name}.example.org/jwks.json`,
});

function start(nowMs: number, away: readonly string[] = [], unusable: readonly string[] = []) {
  const stored = new Map<string, string>();
  const logged: LogCode[] = [];
  const elections = [
    testElection({ election: 'one', identification: { providers: [provider('a'), provider('b')] } }),
    testElection({ election: 'two', identification: { providers: [provider('b')] } }),
    testElection({ election: 'three' }),
  ];
  const asked: string[] = [];
  const source = definitionsOf(...elections);
  const run = createKeyFetcher({
    definitions: {
      ...source,
      get: async (id) => {
        if (unusable.includes(id)) throw new UnavailableError('cannot be used');
        return source.get(id);
      },
      list: async () => elections.map(({ definition }) => definition.election),
    },
    fetchKeys: async (uri) => {
      asked.push(uri);
      if (away.some((name) => uri.includes(name))) throw new Error('away');
      return `keys of ${uri}`;
    },
    storeKeys: async (uri, keys) => void stored.set(uri, keys),
    clock: () => nowMs,
    log: (code) => logged.push(code),
    describeError: String,
  });
  return { run, stored, asked, logged };
}

describe('fetching the keys of all providers', () => {
  it('asks each one once, for every election that is not over', async () => {
    const { run, stored, asked } = start(openMs);
    expect(await run()).toEqual({ providers: 2 });
    expect(asked).toEqual([provider('a').jwksUri, provider('b').jwksUri]);
    expect(stored.get(provider('b').jwksUri)).toBe(`keys of ${provider('b').jwksUri}`);
  });

  it('asks nobody when the elections are over', async () => {
    const { run, asked } = start(Date.parse('2030-01-01T00:00:00Z'));
    expect(await run()).toEqual({ providers: 0 });
    expect(asked).toEqual([]);
  });

  it('fetches those of the others when one does not answer, keeps what that one had, and fails', async () => {
    const { run, stored, logged } = start(openMs, ['//a.']);
    await expect(run()).rejects.toThrow('1 of 2 identity providers');
    expect([...stored.keys()]).toEqual([provider('b').jwksUri]);
    expect(logged).toEqual(['provider-keys.failed']);
  });

  it('fetches those of the other elections when one cannot be used, and fails', async () => {
    const { run, stored, logged } = start(openMs, [], ['one']);
    await expect(run()).rejects.toThrow(
      '0 of 1 identity providers could not be had, 1 elections could not be read',
    );
    expect([...stored.keys()]).toEqual([provider('b').jwksUri]);
    expect(logged).toEqual(['provider-keys.failed']);
  });
});
