import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createResponseParser, type HttpResponse } from '../../../load/http/response-parser.ts';

/** Feeds a response in pieces, cut at these places. */
function parse(
  text: string,
  cuts: readonly number[] = [],
  bodyBytesMax = 1_000_000,
): { response: HttpResponse | null; ended: HttpResponse | null } {
  const parser = createResponseParser(bodyBytesMax);
  const bytes = Buffer.from(text, 'latin1');
  const edges = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort(
    (a, b) => a - b,
  );
  for (const [at, from] of edges.slice(0, -1).entries()) {
    const response = parser.push(bytes.subarray(from, edges[at + 1]));
    if (response !== null) return { response, ended: null };
  }
  return { response: null, ended: parser.end() };
}

describe('createResponseParser', () => {
  it('reads the same from a response in one piece and in any pieces', () => {
    const whole = [
      'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\nhello world',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=1\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nhello world',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...whole), fc.array(fc.nat()), (text, cuts) => {
        const { response } = parse(text, cuts);
        expect(response?.body.toString()).toBe('hello world');
        expect(response?.keepAlive).toBe(true);
      }),
    );
  });

  it('reads status and headers', () => {
    const { response } = parse(
      'HTTP/1.1 503 Service Unavailable\r\nRetry-After:  2 \r\nContent-Length: 0\r\n\r\n',
    );
    expect(response).toMatchObject({ status: 503, keepAlive: true });
    expect(response?.headers.get('retry-after')).toBe('2');
  });

  it('knows when the connection cannot be used again', () => {
    expect(
      parse('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n').response?.keepAlive,
    ).toBe(false);
    expect(parse('HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n').response?.keepAlive).toBe(false);
    expect(parse('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n').response).toMatchObject(
      { keepAlive: false },
    );
  });

  it('takes all until the end where there is no length, and no body with 204 and 304', () => {
    expect(parse('HTTP/1.1 200 OK\r\n\r\nhello').ended?.body.toString()).toBe('hello');
    expect(parse('HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n').response?.body.length).toBe(0);
    expect(parse('HTTP/1.1 204 No Content\r\n\r\n').response?.body.length).toBe(0);
  });

  it('waits for what is missing, and takes no half response for a whole one', () => {
    expect(parse('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')).toEqual({
      response: null,
      ended: null,
    });
    expect(parse('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel')).toEqual({
      response: null,
      ended: null,
    });
    expect(parse('HTTP/1.1 200 OK\r\nContent-Len')).toEqual({ response: null, ended: null });
  });

  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['a header line without a name', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n'],
    ['a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n'],
    ['a body beyond the limit', 'HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n'],
    [
      'chunks beyond the limit',
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n${'x'.repeat(1000)}\r\n1\r\nx\r\n`,
    ],
    ['a body without a length beyond the limit', `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(1001)}`],
    ['a chunk without a size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n'],
    ['an endless head', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70_000)}`],
  ])('refuses %s', (_, text) => {
    expect(() => parse(text, [], 1000)).toThrow(expect.objectContaining({ code: 'malformed-response' }));
  });
});
