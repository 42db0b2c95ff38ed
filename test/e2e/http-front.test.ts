import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { ALBEvent } from 'aws-lambda';
import { afterEach, describe, expect, it } from 'vitest';
import { type HttpFront, type HttpFrontOptions, startHttpFront } from '../../lib/local/http-front.ts';
import type { AlbHandler } from '../../lib/local/listener-rules.ts';
import { refusalHeaders } from '../../schema/wire/answer-headers.ts';
import { raw } from '../support/raw-http.ts';

let front: HttpFront;
afterEach(async () => {
  await front.stop(100);
});

async function start(
  target: AlbHandler,
  errors: unknown[] = [],
  options: Partial<HttpFrontOptions> = {},
): Promise<string> {
  front = await startHttpFront({
    port: 0,
    rules: [{ name: 'echo', pathPattern: '/v1/*', target }],
    onHandlerError: (_, error) => errors.push(error),
    ...options,
  });
  return `http://127.0.0.1:${front.port}`;
}

const echo: AlbHandler = (event: ALBEvent) =>
  Promise.resolve({
    statusCode: 200,
    multiValueHeaders: { 'content-type': ['application/json'], 'set-cookie': ['a=1', 'b=2'] },
    body: JSON.stringify({
      method: event.httpMethod,
      path: event.path,
      base64: event.isBase64Encoded,
      length: event.body?.length,
    }),
  });

describe('the HTTP front', () => {
  it('hands a request to the handler and its answer back', async () => {
    const url = await start(echo);
    const response = await fetch(`${url}/v1/a?b=c`, {
      method: 'POST',
      body: '{"x":1}',
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.json()).toEqual({ method: 'POST', path: '/v1/a', base64: false, length: 7 });
  });

  it('answers HEAD with the length and without the body', async () => {
    const url = await start(echo);
    const response = await fetch(`${url}/v1/a`, { method: 'HEAD' });
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(10);
    expect(await response.text()).toBe('');
  });

  it('sends neither body nor length with 304', async () => {
    const url = await start(() =>
      Promise.resolve({ statusCode: 304, multiValueHeaders: { etag: ['"x"'] }, body: 'no' }),
    );
    const response = await fetch(`${url}/v1/a`);
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([
      304,
      null,
      '',
    ]);
  });

  it('answers 502 when the handler throws, returns nothing or a header that cannot be sent', async () => {
    const errors: unknown[] = [];
    const outcomes: AlbHandler[] = [
      () => Promise.reject(new Error('broken')),
      () => {
        throw new Error('broken at once');
      },
      () => Promise.resolve(undefined as never),
      () => Promise.resolve({ statusCode: 200, multiValueHeaders: { bad: ['line\r\nbreak'] }, body: '' }),
    ];
    let turn = 0;
    const url = await start((event, context) => (outcomes[turn++] ?? echo)(event, context), errors);
    for (const _ of outcomes) {
      const response = await fetch(`${url}/v1/a`);
      expect(response.status).toBe(502);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(await response.json()).toMatchObject({
        type: 'urn:ballotstream:problem:bad-gateway',
        status: 502,
      });
    }
    expect(errors).toHaveLength(outcomes.length);
  });

  it('takes a body of 1 MiB and refuses one byte more, also when it comes without a length', async () => {
    const url = await start(echo);
    const send = (bytes: number, chunked: boolean) =>
      new Promise<number | undefined>((resolve, reject) => {
        const body = Buffer.alloc(bytes, 97);
        const headers = chunked ? {} : { 'content-length': bytes };
        const sent = httpRequest(
          `${url}/v1/a`,
          { method: 'POST', headers: { 'content-type': 'text/plain', ...headers }, agent: new Agent() },
          (response) => {
            response.resume();
            response.on('end', () => resolve(response.statusCode));
          },
        );
        sent.on('error', reject);
        for (let at = 0; at < bytes; at += 65_536) sent.write(body.subarray(at, at + 65_536));
        sent.end();
      });
    const limit = 1024 * 1024;
    expect([
      await send(limit, false),
      await send(limit + 1, false),
      await send(limit, true),
      await send(limit + 1, true),
      await send(4 * limit, true),
    ]).toEqual([200, 413, 200, 413, 413]);
  });

  it('answers 404 where no rule fits, and 400, 431 to what is no request', async () => {
    const url = await start(echo);
    expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
    expect(await raw(front.port, 'NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1.1 400 /);
    expect(
      await raw(front.port, `GET /v1/a HTTP/1.1\r\nhost: x\r\nlong: ${'x'.repeat(70_000)}\r\n\r\n`),
    ).toMatch(/^HTTP\/1.1 431 .*problem\+json/s);
  });

  it('says why it refuses to pages of any origin, and under the policy of every answer', async () => {
    const url = await start(() => Promise.reject(new Error('broken')), [], { limits: { count: () => 0 } });
    const answers = [
      await fetch(`${url}/elsewhere`),
      await fetch(`${url}/v1/%61`),
      await fetch(`${url}/v1/a`, { method: 'POST', body: 'x'.repeat(1024 * 1024 + 1) }),
      await fetch(`${url}/v1/a`),
    ];
    await front.stop(100);
    const busy = await start(echo, [], { limits: { count: () => 60 } });
    answers.push(await fetch(`${busy}/v1/a`, { method: 'POST', body: '{}' }));
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 413, 502, 429]);
    expect(answers.at(-1)?.headers.get('retry-after')).toBe('60');
    for (const { headers } of answers) expect(Object.fromEntries(headers)).toMatchObject(refusalHeaders);
    for (const bytes of ['NONSENSE\r\n\r\n', `GET / HTTP/1.1\r\nhost: x\r\n${'a: b\r\n'.repeat(300)}\r\n`]) {
      const answer = await raw(front.port, bytes);
      expect(answer).toMatch(/^HTTP\/1.1 4\d\d [A-Z]/);
      for (const [name, value] of Object.entries(refusalHeaders))
        expect(answer).toContain(`\r\n${name}: ${value}`);
    }
  });

  it('counts what is asked with what says which pass it is, all of it', async () => {
    const counted: unknown[] = [];
    const url = await start(echo, [], { limits: { count: (request) => counted.push(request) * 0 } });
    const headers = { 'pass-fingerprint': 'abc' };
    await fetch(`${url}/v1/elections/demo/votes?x`, { method: 'POST', body: '{}', headers });
    const { host } = new URL(url);
    await raw(
      front.port,
      `GET /v1/a HTTP/1.1\r\nhost: ${host}\r\npass-fingerprint: one\r\nPass-Fingerprint: two\r\nconnection: close\r\n\r\n`,
    );
    const address = '127.0.0.1';
    expect(counted).toEqual([
      { address, method: 'POST', path: '/v1/elections/demo/votes', passFingerprint: 'abc' },
      { address, method: 'GET', path: '/v1/a', passFingerprint: 'one, two' },
    ]);
  });

  it('survives clients that go away at any point', async () => {
    const url = await start(echo);
    for (const bytes of [
      '',
      'POST /v1/a HT',
      'POST /v1/a HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n123',
      'GET /v1/a HTTP/1.1\r\nhost: x\r\n\r\n',
    ]) {
      await new Promise<void>((resolve) => {
        const socket = connect(front.port, '127.0.0.1', () =>
          socket.write(bytes, () => socket.resetAndDestroy()),
        );
        socket.on('error', () => {});
        socket.on('close', () => resolve());
      });
    }
    expect((await fetch(`${url}/v1/a`)).status).toBe(200);
  });

  it('finishes what is in flight when it stops, and takes nothing new', async () => {
    let release = () => {};
    const url = await start(async (event, context) => {
      await new Promise<void>((resolve) => (release = resolve));
      return echo(event, context);
    });
    const pending = fetch(`${url}/v1/a`);
    while (front.inFlight() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const stopped = front.stop(5_000);
    await expect(fetch(`${url}/v1/b`)).rejects.toThrow();
    release();
    expect((await pending).status).toBe(200);
    const began = performance.now();
    await stopped;
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('says that its port is taken', async () => {
    await start(echo);
    await expect(startHttpFront({ port: front.port, rules: [] })).rejects.toMatchObject({
      code: 'port-taken',
    });
  });
});
