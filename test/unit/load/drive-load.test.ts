import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpConnection } from '../../../load/http/connection.ts';
import {
  driveLoad,
  type LoadCounts,
  type LoadOptions,
  type LoadSource,
} from '../../../load/http/drive-load.ts';
import { createVotePost, parseEndpoint } from '../../../load/http/request-text.ts';
import type { HttpResponse } from '../../../load/http/response-parser.ts';
import { retryDelayMs } from '../../../load/http/retry-policy.ts';

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(
    servers.splice(0).map(
      (server) =>
        new Promise((resolve) => {
          server.close(resolve);
          server.closeAllConnections();
        }),
    ),
  );
});

async function serve(listener: RequestListener): Promise<{ server: Server; port: number }> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

async function readBody(request: Parameters<RequestListener>[0]): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

interface Outcome {
  readonly counts: LoadCounts;
  readonly answers: Map<number, { status: number; latencyMs: number }>;
  readonly givenUp: Map<number, string>;
}

/** Sends requests 0 … count − 1, each with its number as body. */
async function drive(
  port: number,
  count: number,
  options: Partial<LoadOptions<number>> = {},
): Promise<Outcome> {
  const endpoint = parseEndpoint(`http://127.0.0.1:${port}`);
  if (endpoint === null) throw new Error('no endpoint');
  const post = createVotePost(endpoint, 'test');
  const answers = new Map<number, { status: number; latencyMs: number }>();
  const givenUp = new Map<number, string>();
  let next = 0;
  const source: LoadSource<number> = {
    next: () => (next < count ? { text: post(String(next), `pass ${next}`), readyMs: 0, tag: next++ } : null),
    isDone: () => next >= count,
    onAnswer: (tag: number, response: HttpResponse, latencyMs: number) => {
      expect(answers.has(tag)).toBe(false);
      answers.set(tag, { status: response.status, latencyMs });
    },
    onGivenUp: (tag, why) => givenUp.set(tag, why),
  };
  const counts = await driveLoad({
    target: endpoint.target,
    source,
    ratePerSecond: null,
    connectionsMax: 8,
    inFlightMax: 1000,
    timeoutMs: 2_000,
    giveUpMs: 10_000,
    signal: new AbortController().signal,
    ...options,
  });
  return { counts, answers, givenUp };
}

describe('driveLoad', () => {
  it('sends every request once and keeps its connections', async () => {
    const bodies: string[] = [];
    let connections = 0;
    const { server, port } = await serve(async (request, response) => {
      bodies.push(await readBody(request));
      response.writeHead(202).end('{}');
    });
    server.on('connection', () => {
      connections += 1;
    });
    const { answers } = await drive(port, 500);
    expect(answers.size).toBe(500);
    expect(bodies.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, no) => no));
    expect(connections).toBeLessThanOrEqual(8);
  });

  it('sends the same bytes again after 503, 429 and 500, and not before Retry-After', async () => {
    const seen = new Map<string, number[]>();
    const { port } = await serve(async (request, response) => {
      const body = await readBody(request);
      const times = seen.get(body) ?? [];
      seen.set(body, [...times, performance.now()]);
      if (times.length === 0)
        response
          .writeHead([503, 429, 500][Number(body) % 3] ?? 503, body === '0' ? { 'retry-after': '1' } : {})
          .end();
      else response.writeHead(202).end();
    });
    const { answers, counts } = await drive(port, 9);
    expect([...answers.values()].map((answer) => answer.status)).toEqual(Array(9).fill(202));
    expect([...seen.values()].map((times) => times.length)).toEqual(Array(9).fill(2));
    const [first = 0, second = 0] = seen.get('0') ?? [];
    expect(second - first).toBeGreaterThanOrEqual(999);
    expect(Object.fromEntries(counts.retriesByReason)).toEqual({
      'status 503': 3,
      'status 429': 3,
      'status 500': 3,
    });
  });

  it('takes a refusal for an answer', async () => {
    const { port } = await serve((_, response) => response.writeHead(422).end());
    const { answers, counts } = await drive(port, 3);
    expect([...answers.values()].map((answer) => answer.status)).toEqual([422, 422, 422]);
    expect(counts.retriesByReason.size).toBe(0);
  });

  it('comes through resets, half answers, garbage and a server that is slow to answer', async () => {
    const attempts = new Map<string, number>();
    const { port } = await serve(async (request, response) => {
      const body = await readBody(request);
      const attempt = attempts.get(body) ?? 0;
      attempts.set(body, attempt + 1);
      const kind = attempt === 0 ? Number(body) % 5 : 4;
      if (kind === 0) request.socket.resetAndDestroy();
      else if (kind === 1)
        request.socket.write('HTTP/1.1 202 Accepted\r\ncontent-length: 100\r\n\r\nhalf', () =>
          request.socket.destroy(),
        );
      else if (kind === 2) request.socket.write('garbage\r\n\r\n');
      else if (kind === 3) await sleep(600).then(() => response.writeHead(202).end());
      else response.writeHead(202).end('{}');
    });
    const { answers, counts } = await drive(port, 100, { timeoutMs: 300 });
    expect(answers.size).toBe(100);
    expect([...answers.values()].every((answer) => answer.status === 202)).toBe(true);
    expect([...counts.retriesByReason.keys()].sort()).toEqual([
      'connection lost',
      'malformed response',
      'timeout',
    ]);
  });

  it('gives up when nobody answers for long enough', async () => {
    const { port, server } = await serve(() => {});
    await new Promise((resolve) => server.close(resolve));
    const { answers, givenUp } = await drive(port, 3, { giveUpMs: 300 });
    expect(answers.size).toBe(0);
    expect([...givenUp.values()]).toEqual(Array(3).fill('cannot connect'));
  });

  it('counts latency from when a request should have gone out, also over a stall', async () => {
    let stalledUntil = 0;
    const { port } = await serve(async (request, response) => {
      await readBody(request);
      stalledUntil ||= performance.now() + 500;
      await sleep(Math.max(0, stalledUntil - performance.now()));
      response.writeHead(202).end();
    });
    const startMs = performance.now();
    const { answers } = await drive(port, 100, { ratePerSecond: 100, connectionsMax: 2 });
    expect(performance.now() - startMs).toBeGreaterThan(950);
    const latencies = [...answers.values()].map((answer) => answer.latencyMs);
    // Half of the requests fell into the stall, and it hit each for the rest of it.
    expect(latencies.filter((latencyMs) => latencyMs > 100).length).toBeGreaterThan(30);
    expect(latencies.filter((latencyMs) => latencyMs > 100).length).toBeLessThan(60);
  });

  it('stops at once when it is told to', async () => {
    const { port } = await serve(() => {});
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('enough')), 50);
    await expect(drive(port, 10, { signal: stop.signal })).rejects.toThrow('enough');
    await expect(drive(port, 10, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow(
      'before',
    );
  });

  it('takes nothing new beyond what may be in flight', async () => {
    let asked = 0;
    const { port } = await serve(async (request, response) => {
      await readBody(request);
      asked += 1;
      response.writeHead(asked <= 5 ? 503 : 202).end();
    });
    let inFlight = 0;
    let inFlightMost = 0;
    const endpoint = parseEndpoint(`http://127.0.0.1:${port}`);
    if (endpoint === null) throw new Error('no endpoint');
    const text = createVotePost(endpoint, 'test')('{}', 'pass');
    let left = 50;
    await driveLoad<null>({
      target: endpoint.target,
      ratePerSecond: null,
      connectionsMax: 8,
      inFlightMax: 5,
      timeoutMs: 1000,
      giveUpMs: 5000,
      signal: new AbortController().signal,
      source: {
        next() {
          if (left === 0) return null;
          left -= 1;
          inFlight += 1;
          inFlightMost = Math.max(inFlightMost, inFlight);
          return { text, readyMs: 0, tag: null };
        },
        isDone: () => left === 0,
        onAnswer: () => {
          inFlight -= 1;
        },
        onGivenUp: () => {},
      },
    });
    expect(inFlight).toBe(0);
    expect(inFlightMost).toBe(5);
  });
});

describe('createHttpConnection', () => {
  it('sends again by itself what a connection that had idled away never took', async () => {
    const { port } = await serve((request, response) => {
      request.resume();
      response.writeHead(200).end('ok');
      // As a server whose idle time is over, without saying so beforehand.
      setTimeout(() => request.socket.resetAndDestroy(), 20);
    });
    const connection = createHttpConnection({
      target: { host: '127.0.0.1', port, tls: false },
      timeoutMs: 1000,
      bodyBytesMax: 1000,
    });
    const get = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await connection.send(get)).body.toString()).toBe('ok');
      await sleep(20 + turn * 10);
    }
    connection.close();
  });

  it('fails a request in flight when it is closed', async () => {
    const { port } = await serve(() => {});
    const connection = createHttpConnection({
      target: { host: '127.0.0.1', port, tls: false },
      timeoutMs: 1000,
      bodyBytesMax: 1000,
    });
    const answer = connection.send('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    connection.close();
    await expect(answer).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('retryDelayMs', () => {
  const asking = (retryAfter: string): HttpResponse => ({
    status: 503,
    headers: new Map([['retry-after', retryAfter]]),
    body: Buffer.alloc(0),
    keepAlive: true,
  });

  it('waits as long as the server asks, at most half a minute, else doubles', () => {
    expect(retryDelayMs(asking('2'), 1, 0)).toBe(2_000);
    expect(retryDelayMs(asking('2'), 1, 1)).toBe(2_500);
    expect(retryDelayMs(asking('99999'), 1, 0)).toBe(30_000);
    expect(retryDelayMs(asking('Wed, 21 Oct 2015 07:28:00 GMT'), 1, 1)).toBe(50);
    expect([1, 2, 3, 20].map((attempts) => retryDelayMs(null, attempts, 1))).toEqual([50, 100, 200, 2_000]);
  });
});
