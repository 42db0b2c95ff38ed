import type { ALBEvent, ALBResult } from 'aws-lambda';

/**
 * Where the operator's page asks: below no address that the firewall or the load balancer knows, so that it is
 * nothing in the cloud, where the dashboard in CloudWatch shows the same.
 */
export const operatorPath = '/v1/operator/figures';

/** A page of another name that leads here (DNS rebinding) may not read along. */
const localHost = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/;

const headers = {
  'content-type': ['application/json'],
  'cache-control': ['no-store'],
  'x-content-type-options': ['nosniff'],
  'content-security-policy': ["default-src 'none'; frame-ancestors 'none'"],
};

/** Answers with what the supervisor says; 503 while it, the stream or the database cannot say. */
export function createOperatorTarget(
  askSupervisor: (question: string) => Promise<unknown>,
): (event: ALBEvent) => Promise<ALBResult> {
  const answer = (statusCode: number, body: unknown): ALBResult => ({
    statusCode,
    multiValueHeaders: headers,
    body: JSON.stringify(body),
    isBase64Encoded: false,
  });
  return async ({ httpMethod, multiValueHeaders, headers: single }) => {
    const host = multiValueHeaders?.['host']?.[0] ?? single?.['host'] ?? '';
    if (!localHost.test(host)) return answer(403, { title: 'Only for pages of this machine' });
    if (httpMethod !== 'GET') return answer(405, { title: 'Only to be read' });
    try {
      return answer(200, await askSupervisor('operator'));
    } catch (error) {
      console.error('operator', error);
      return answer(503, { title: 'The figures cannot be read at the moment' });
    }
  };
}
