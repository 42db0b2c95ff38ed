import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildAlbEvent, type FrontRequest, type HeaderMode } from '../../lib/local/alb-event.ts';
import { readAlbResult } from '../../lib/local/alb-result.ts';
import { compileListenerRules } from '../../lib/local/listener-rules.ts';

const request = (changes: Partial<FrontRequest>): FrontRequest => ({
  method: 'POST',
  url: '/v1/elections/demo/votes',
  rawHeaders: ['Host', 'localhost:8787', 'Content-Type', 'application/json'],
  body: Buffer.from('{"a":1}'),
  clientAddress: '127.0.0.1',
  clientPort: 40_000,
  port: 8787,
  traceId: 'Root=1-0-0',
  ...changes,
});
const build = (changes: Partial<FrontRequest>, mode: HeaderMode = 'multi') =>
  buildAlbEvent(request(changes), mode);
const withType = (type: string, body: string | Buffer) =>
  build({ rawHeaders: ['content-type', type], body: Buffer.from(body) });

describe('the event of the load balancer', () => {
  it('passes headers as arrays under lower-case names and keeps every value', () => {
    const event = build({ rawHeaders: ['X-Twice', 'one', 'x-twice', 'two', 'Host', 'here'] });
    expect(event.multiValueHeaders).toMatchObject({ 'x-twice': ['one', 'two'], host: ['here'] });
    expect(event.headers).toBeUndefined();
  });

  it('passes the last value of a header in single-value mode', () => {
    const event = build({ rawHeaders: ['X-Twice', 'one', 'x-twice', 'two'], url: '/p?a=1&a=2' }, 'single');
    expect(event.headers).toMatchObject({ 'x-twice': 'two' });
    expect(event.queryStringParameters).toEqual({ a: '2' });
    expect(event.multiValueHeaders).toBeUndefined();
  });

  it('says itself where the viewer is, whatever the client says', () => {
    const event = build({
      rawHeaders: [
        'CloudFront-Viewer-Address',
        '6.6.6.6:1',
        'X-Forwarded-For',
        '6.6.6.6',
        'X-Forwarded-Proto',
        'gopher',
      ],
    });
    expect(event.multiValueHeaders).toMatchObject({
      'cloudfront-viewer-address': ['127.0.0.1:40000'],
      'x-forwarded-for': ['6.6.6.6, 127.0.0.1'],
      'x-forwarded-proto': ['http'],
      'x-forwarded-port': ['8787'],
    });
  });

  it('decodes neither the path nor the query', () => {
    const event = build({ url: '/v1/elections/%C3%A9?by=a%20b&by=c&flag&=x&a=b=c' });
    expect(event.path).toBe('/v1/elections/%C3%A9');
    expect(event.multiValueQueryStringParameters).toEqual({
      by: ['a%20b', 'c'],
      flag: [''],
      '': ['x'],
      a: ['b=c'],
    });
  });

  it('takes headers and parameters named like parts of an object', () => {
    const event = build({
      rawHeaders: ['constructor', 'x', '__proto__', 'y'],
      url: '/?__proto__=1&toString=2',
    });
    expect(Object.entries(event.multiValueHeaders ?? {})).toEqual(
      expect.arrayContaining([
        ['constructor', ['x']],
        ['__proto__', ['y']],
      ]),
    );
    expect(Object.entries(event.multiValueQueryStringParameters ?? {})).toEqual([
      ['__proto__', ['1']],
      ['toString', ['2']],
    ]);
  });

  it('passes text as text and anything else as base64', () => {
    expect(withType('application/json; charset=utf-8', '{"é":1}')).toMatchObject({
      body: '{"é":1}',
      isBase64Encoded: false,
    });
    expect(withType('TEXT/plain', 'a')).toMatchObject({ body: 'a', isBase64Encoded: false });
    expect(withType('application/octet-stream', 'a')).toMatchObject({ body: 'YQ==', isBase64Encoded: true });
    expect(withType('', 'a')).toMatchObject({ body: 'YQ==', isBase64Encoded: true });
    expect(
      build({ rawHeaders: ['content-type', 'application/json', 'content-encoding', 'gzip'] }),
    ).toMatchObject({ isBase64Encoded: true });
    expect(build({ body: Buffer.alloc(0) })).toMatchObject({ body: '', isBase64Encoded: false });
  });

  it('loses no byte of any body', () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.constantFrom('application/json', 'text/html', 'image/png'),
        (bytes, type) => {
          const event = withType(type, Buffer.from(bytes));
          const back = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
          expect(back.equals(bytes)).toBe(true);
        },
      ),
    );
  });
});

describe('the result of a function', () => {
  it('gives every value of a header its own line', () => {
    expect(
      readAlbResult({ statusCode: 200, multiValueHeaders: { 'set-cookie': ['a', 'b'] }, body: 'x' }, 'multi'),
    ).toEqual({
      kind: 'response',
      status: 200,
      headers: ['set-cookie', 'a', 'set-cookie', 'b'],
      body: 'x',
    });
  });

  it('looks only at the kind of headers that the target group is set to', () => {
    const result = { statusCode: 200, headers: { a: '1' }, multiValueHeaders: { b: ['2'] } };
    expect(readAlbResult(result, 'multi')).toMatchObject({ headers: ['b', '2'] });
    expect(readAlbResult(result, 'single')).toMatchObject({ headers: ['a', '1'] });
  });

  it('decodes a base64 body and leaves the connection to the load balancer', () => {
    const result = {
      statusCode: 200,
      multiValueHeaders: { Connection: ['close'], 'content-length': ['9'] },
      body: 'AAE=',
      isBase64Encoded: true,
    };
    expect(readAlbResult(result, 'multi')).toEqual({
      kind: 'response',
      status: 200,
      headers: [],
      body: Buffer.from([0, 1]),
    });
  });

  it.each([
    undefined,
    { statusCode: 99 },
    { statusCode: Number.NaN },
    { statusCode: 200, body: 'x'.repeat(1024 * 1024 + 1) },
  ])('is refused where the load balancer would answer 502', (result) => {
    expect(readAlbResult(result, 'multi').kind).toBe('invalid');
  });
});

describe('the rules of the listener', () => {
  const target = () => Promise.resolve({ statusCode: 200 });
  const match = compileListenerRules([
    { name: 'results', methods: ['GET', 'HEAD'], pathPattern: '/v1/elections/*/results', target },
    { name: 'one', pathPattern: '/v?/a.b', target },
    { name: 'rest', pathPattern: '*', target },
  ]);

  it('take the first that fits method and path', () => {
    expect(match('GET', '/v1/elections/demo/results')?.name).toBe('results');
    expect(match('POST', '/v1/elections/demo/results')?.name).toBe('rest');
    expect(match('GET', '/v1/elections/demo/results/more')?.name).toBe('rest');
    expect(match('GET', '/V1/elections/demo/results')?.name).toBe('rest');
  });

  it('know no wildcard but * and ?', () => {
    expect(match('GET', '/v2/a.b')?.name).toBe('one');
    expect(match('GET', '/v2/axb')?.name).toBe('rest');
  });

  it('fit nothing when none does', () => {
    expect(compileListenerRules([])('GET', '/')).toBeUndefined();
  });
});
