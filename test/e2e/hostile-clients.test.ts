import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type HttpFront, startHttpFront } from '../../lib/local/http-front.ts';
import { drip, raw } from '../support/raw-http.ts';

let front: HttpFront;
let handled: number;
afterEach(async () => {
  await front.stop(100);
});

async function start(): Promise<string> {
  handled = 0;
  front = await startHttpFront({
    port: 0,
    rules: [
      {
        name: 'count',
        pathPattern: '/v1/*',
        target: async () => {
          handled += 1;
          return { statusCode: 202, multiValueHeaders: {}, body: '' };
        },
      },
    ],
  });
  return `http://127.0.0.1:${front.port}`;
}

const post = (headers: string, body = ''): string =>
  `POST /v1/a HTTP/1.1\r\nhost: x\r\n${headers}\r\n${body}`;

/** What no handler is asked about. */
const malformed: Readonly<Record<string, string>> = {
  'a chunk without a size': post('transfer-encoding: chunked\r\n', 'zz\r\nhello\r\n0\r\n\r\n'),
  'a chunk of negative size': post('transfer-encoding: chunked\r\n', '-1\r\nhello\r\n0\r\n\r\n'),
  'a chunk larger than numbers': post('transfer-encoding: chunked\r\n', `${'f'.repeat(19)}\r\n`),
  'an endless chunk extension': post('transfer-encoding: chunked\r\n', `2;${'x'.repeat(100_000)}\r\n{}\r\n`),
  'endless trailers': post(
    'transfer-encoding: chunked\r\n',
    `2\r\n{}\r\n0\r\n${`t: ${'x'.repeat(1_000)}\r\n`.repeat(200)}\r\n`,
  ),
  'two ways to say how long it is': post(
    'content-length: 2\r\ntransfer-encoding: chunked\r\n',
    '2\r\n{}\r\n0\r\n\r\n',
  ),
  'a length twice': post('content-length: 2\r\ncontent-length: 2\r\n', '{}'),
  'two lengths': post('content-length: 2\r\ncontent-length: 3\r\n', '{}'),
  'a negative length': post('content-length: -2\r\n', '{}'),
  'a length that is no number': post('content-length: 2a\r\n', '{}'),
  'a length larger than numbers': post(`content-length: ${'9'.repeat(20)}\r\n`, '{}'),
  'a body compressed on its way': post('transfer-encoding: gzip\r\n', '{}'),
  'chunks that are not last': post('transfer-encoding: chunked, gzip\r\n', '{}'),
  'headers without number': post(`${'x: y\r\n'.repeat(5_000)}content-length: 2\r\n`, '{}'),
  'a header with a zero byte': post('x: a\0b\r\ncontent-length: 2\r\n', '{}'),
  'a folded header': post('x: a\r\n b\r\ncontent-length: 2\r\n', '{}'),
  'a space before a colon': post('x : a\r\ncontent-length: 2\r\n', '{}'),
  'lines that end too early': post('content-length: 2\r\n', '{}').replaceAll('\r', ''),
  'no host': 'GET /v1/a HTTP/1.1\r\n\r\n',
  'HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'HTTP/3.7': 'GET /v1/a HTTP/3.7\r\nhost: x\r\n\r\n',
  TLS: '\x16\x03\x01\0\xa5\x01\0\0\xa1\x03\x03',
  'a tunnel': 'CONNECT example.org:443 HTTP/1.1\r\nhost: example.org\r\n\r\n',
  'a method of tea': 'BREW /v1/a HTTP/1.1\r\nhost: x\r\n\r\n',
  'another server’s address': 'GET http://example.org/v1/a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
};

describe('the HTTP front', () => {
  it.each(Object.entries(malformed))('closes on %s, or answers 4xx', async (_, bytes) => {
    const url = await start();
    const answer = await raw(front.port, bytes);
    expect(answer).toMatch(/^(HTTP\/1.1 4\d\d [\s\S]*)?$/);
    expect(handled).toBe(0);
    expect((await fetch(`${url}/v1/a`)).status).toBe(202);
  });

  it.each(['', 'POST /v1/a HT', post('content-length: 20\r\n', '{"a')])(
    'closes on %j and no more, or answers 4xx',
    async (bytes) => {
      const url = await start();
      expect(await raw(front.port, bytes, true)).toMatch(/^(HTTP\/1.1 4\d\d [\s\S]*)?$/);
      expect(handled).toBe(0);
      expect((await fetch(`${url}/v1/a`)).status).toBe(202);
    },
  );

  it('answers whoever sends a whole request while others keep theirs back, a byte a second or for ever', async () => {
    const url = await start();
    const head = 'POST /v1/a HTTP/1.1\r\nhost: x\r\n';
    const slow = [
      ...Array.from({ length: 50 }, () => drip(front.port, '', head)),
      ...Array.from({ length: 50 }, () =>
        drip(front.port, `${head}content-length: 500\r\n\r\n`, 'x'.repeat(500)),
      ),
      drip(front.port, `${head}transfer-encoding: chunked\r\n\r\n`, '1\r\nx\r\n'.repeat(100)),
      drip(front.port, '', ''),
      drip(front.port, `${head}expect: 100-continue\r\ncontent-length: 5\r\n\r\n`, ''),
    ];
    let open = slow.length;
    for (const one of slow) void one.then(() => (open -= 1));
    while (open > 0) {
      expect((await fetch(`${url}/v1/a`, { method: 'POST', body: '{}' })).status).toBe(202);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    for (const answer of await Promise.all(slow))
      expect(answer).toMatch(/^(HTTP\/1.1 100 Continue\r\n\r\n)?HTTP\/1.1 408 /);
  });

  it('keeps no more than 64 MiB of bodies that do not end, and takes honest ones meanwhile', async () => {
    const url = await start();
    const head = 'POST /v1/a HTTP/1.1\r\nhost: x\r\ncontent-length: 1048576\r\n\r\n';
    const sockets = Array.from({ length: 80 }, () => connect(front.port, '127.0.0.1'));
    let closed = 0;
    for (const socket of sockets) {
      socket.on('error', () => {});
      socket.on('close', () => (closed += 1));
      socket.write(head + 'x'.repeat(1_048_000));
    }
    while (closed < 80 - 64) await new Promise((resolve) => setTimeout(resolve, 20));
    const body = 'x'.repeat(1_000_000);
    expect((await fetch(`${url}/v1/a`, { method: 'POST', body })).status).toBe(202);
    for (const socket of sockets) socket.destroy();
  });
});
