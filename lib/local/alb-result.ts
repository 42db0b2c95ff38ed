import type { ALBResult } from 'aws-lambda';
import type { HeaderMode } from './alb-event.ts';

/** What goes out, or why the load balancer would answer 502 instead. */
export type FrontResponse =
  | {
      readonly kind: 'response';
      readonly status: number;
      /** Names and values in turns, as `ServerResponse.writeHead` takes them. */
      readonly headers: string[];
      readonly body: Buffer | string;
    }
  | { readonly kind: 'invalid'; readonly why: string };

/** The response of a Lambda target, bytes. */
const resultBodyBytesMax = 1024 * 1024;

/** The load balancer's own business; what a function says here is dropped. */
const hopHeaders = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'upgrade',
  'proxy-connection',
]);

/**
 * Reads what a handler returned as the load balancer would. With multi-value headers switched
 * on, it looks at `multiValueHeaders` only, and at `headers` only without. Pure.
 *
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
 */
export function readAlbResult(result: ALBResult | undefined, mode: HeaderMode): FrontResponse {
  if (typeof result !== 'object' || result === null)
    return { kind: 'invalid', why: 'the handler returned nothing' };
  const status = Number(result.statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599)
    return { kind: 'invalid', why: `the handler returned status ${result.statusCode}` };
  const text = result.body ?? '';
  if (typeof text !== 'string')
    return { kind: 'invalid', why: 'the handler returned a body that is no string' };
  if (text.length > resultBodyBytesMax)
    return { kind: 'invalid', why: 'the handler returned a body of more than 1 MiB' };
  const headers: string[] = [];
  const given = mode === 'multi' ? result.multiValueHeaders : result.headers;
  for (const name in given) {
    if (hopHeaders.has(name.toLowerCase())) continue;
    const values = given[name];
    for (const value of Array.isArray(values) ? values : [values]) headers.push(name, String(value));
  }
  return {
    kind: 'response',
    status,
    headers,
    body: result.isBase64Encoded === true ? Buffer.from(text, 'base64') : text,
  };
}
