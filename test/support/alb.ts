import type { ALBEvent } from 'aws-lambda';
import { voteHeaders } from '../../load/http/request-text.ts';

export interface TestRequest {
  readonly method?: string;
  readonly path: string;
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

/** The event of an Application Load Balancer, in either shape; a Buffer travels as base64. */
export function albEvent(request: TestRequest, shape: 'single' | 'multi' = 'multi'): ALBEvent {
  const { method = 'GET', path, query = {}, headers = {}, body = '' } = request;
  const isBase64Encoded = typeof body !== 'string';
  const base = {
    requestContext: { elb: { targetGroupArn: 'arn:aws:elasticloadbalancing:us-east-1:0:targetgroup/t/0' } },
    httpMethod: method,
    path,
    body: isBase64Encoded ? body.toString('base64') : body,
    isBase64Encoded,
  };
  if (shape === 'single') return { ...base, headers, queryStringParameters: query };
  const many = (values: Record<string, string>) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, [value]]));
  return { ...base, multiValueHeaders: many(headers), multiValueQueryStringParameters: many(query) };
}

/** A vote's request as a browser sends it; as any client may, where the body is given as it is. */
export const voteRequest = (body: unknown, election = 'test-2026'): TestRequest => ({
  method: 'POST',
  path: `/v1/elections/${election}/votes`,
  headers: isVote(body) ? voteHeaders(body.pass) : { 'content-type': 'application/json' },
  body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
});

const isVote = (body: unknown): body is { readonly pass: string } =>
  typeof (body as { pass?: unknown } | null)?.pass === 'string';
