import { isUtf8 } from 'node:buffer';
import type { ALBEvent } from 'aws-lambda';

/**
 * How the target group passes headers and query parameters. `multi` is what production uses: an
 * array for every name. In `single`, the last value of a name wins and the others are lost.
 */
export type HeaderMode = 'multi' | 'single';

export type FrontRequest = {
  readonly method: string;
  /** As received: not decoded, with the query. */
  readonly url: string;
  /** Names and values in turns, as `IncomingMessage.rawHeaders`. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly clientAddress: string;
  readonly clientPort: number;
  /** Ours, where the request came in. */
  readonly port: number;
  readonly traceId: string;
};

const targetGroupArn =
  'arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/local/0000000000000000';
const noBody = '';

/** Set by CloudFront or the load balancer; whatever a client says under these names is dropped. */
const ownHeaders = new Set([
  'cloudfront-viewer-address',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-amzn-trace-id',
]);

/**
 * The event that an Application Load Balancer behind CloudFront hands to a Lambda target. Header
 * names are in lower case; neither path nor query parameters are decoded. Pure.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
 */
export function buildAlbEvent(request: FrontRequest, mode: HeaderMode): ALBEvent {
  const headers = collectHeaders(request);
  const cut = request.url.indexOf('?');
  const path = cut < 0 ? request.url : request.url.slice(0, cut);
  const query = collectQuery(cut < 0 ? '' : request.url.slice(cut + 1));
  const isBase64Encoded = request.body.length > 0 && !isText(headers, request.body);
  const event: ALBEvent = {
    requestContext: { elb: { targetGroupArn } },
    httpMethod: request.method,
    path,
    body: request.body.length === 0 ? noBody : request.body.toString(isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded,
  };
  if (mode === 'multi') {
    event.multiValueQueryStringParameters = query;
    event.multiValueHeaders = headers;
  } else {
    event.queryStringParameters = lastValues(query);
    event.headers = lastValues(headers);
  }
  return event;
}

type Values = Record<string, string[]>;

/** Without a prototype: a header called `constructor` is a header like any other. */
function emptyValues(): Values {
  return Object.create(null) as Values;
}

function collectHeaders(request: FrontRequest): Values {
  const headers = emptyValues();
  const raw = request.rawHeaders;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase();
    if (ownHeaders.has(name)) continue;
    append(headers, name, raw[i + 1] ?? '');
  }
  const forwarded = headers['x-forwarded-for'];
  headers['x-forwarded-for'] = [
    forwarded === undefined ? request.clientAddress : `${forwarded.join(', ')}, ${request.clientAddress}`,
  ];
  headers['x-forwarded-proto'] = ['http'];
  headers['x-forwarded-port'] = [String(request.port)];
  headers['x-amzn-trace-id'] = [request.traceId];
  headers['cloudfront-viewer-address'] = [`${request.clientAddress}:${request.clientPort}`];
  return headers;
}

function collectQuery(query: string): Values {
  const values = emptyValues();
  if (query === '') return values;
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const cut = pair.indexOf('=');
    append(values, cut < 0 ? pair : pair.slice(0, cut), cut < 0 ? '' : pair.slice(cut + 1));
  }
  return values;
}

function append(values: Values, name: string, value: string): void {
  const there = values[name];
  if (there === undefined) values[name] = [value];
  else there.push(value);
}

function lastValues(values: Values): Record<string, string> {
  const last = Object.create(null) as Record<string, string>;
  for (const name in values) last[name] = values[name]?.at(-1) ?? '';
  return last;
}

const textTypes = new Set(['application/json', 'application/javascript', 'application/xml']);

/**
 * The load balancer passes a body as text when its type says text and it is not compressed.
 * Bytes that are no UTF-8 go as base64 whatever their type says: as text they would reach the
 * function as other bytes than were sent.
 */
function isText(headers: Values, body: Buffer): boolean {
  if (headers['content-encoding'] !== undefined) return false;
  const type = (headers['content-type']?.at(-1) ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return (textTypes.has(type) || type.startsWith('text/')) && isUtf8(body);
}
