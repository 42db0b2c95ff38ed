import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAccount, type FakeAccount } from './fake-aws-account.ts';
import { answers, FakeAwsError } from './fake-aws-answers.ts';

/** AWS on this machine, as far as prewarming asks for it: real protocols over real HTTP, and an account in memory. */
export interface FakeAws {
  readonly account: FakeAccount;
  /** What the SDK needs to come here. */
  readonly environment: Readonly<Record<string, string>>;
  /** Names of all operations asked for, in order. */
  readonly asked: string[];
  /** Operations that answer with this error: for ever, or `times` times. */
  readonly failing: Map<string, { readonly code: string; readonly message?: string; times?: number }>;
  close(): Promise<void>;
}

type Protocol = 'query' | 'json' | 'rest';

interface Call {
  readonly protocol: Protocol;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export async function startFakeAws(): Promise<FakeAws> {
  const asked: string[] = [];
  const failing: FakeAws['failing'] = new Map();
  const server = createServer(async (request, response) => {
    const call = readCall(request, Buffer.concat(await request.toArray()).toString());
    asked.push(call.operation);
    try {
      failIfAsked(call.operation);
      const answer = answers[call.operation];
      if (answer === undefined) throw new FakeAwsError('UnknownOperationException', call.operation);
      send(response, call, answer(account, call.input));
    } catch (error) {
      if (!(error instanceof FakeAwsError)) throw error;
      sendError(response, call.protocol, error);
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const account = createAccount(url);

  function failIfAsked(operation: string): void {
    const failure = failing.get(operation);
    if (failure === undefined) return;
    if (failure.times !== undefined) {
      failure.times -= 1;
      if (failure.times === 0) failing.delete(operation);
    }
    throw new FakeAwsError(failure.code, failure.message ?? `${operation} fails here`);
  }

  return {
    account,
    asked,
    failing,
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** Lambda's operations, by method and path; its answers are JSON. */
const routes: readonly (readonly [operation: string, method: string, path: RegExp])[] = [
  ['GetAccountSettings', 'GET', /^\/2016-08-19\/account-settings$/],
  ['GetAlias', 'GET', /^\/2015-03-31\/functions\/(?<function>[^/]+)\/aliases\/(?<alias>[^/]+)$/],
  [
    'GetProvisionedConcurrencyConfig',
    'GET',
    /^\/2019-09-30\/functions\/(?<function>[^/]+)\/provisioned-concurrency$/,
  ],
  [
    'PutProvisionedConcurrencyConfig',
    'PUT',
    /^\/2019-09-30\/functions\/(?<function>[^/]+)\/provisioned-concurrency$/,
  ],
  ['ListEventSourceMappings', 'GET', /^\/2015-03-31\/event-source-mappings$/],
  ['GetCapacityProvider', 'GET', /^\/2025-11-30\/capacity-providers\/(?<provider>[^/]+)$/],
];

function readCall(request: IncomingMessage, body: string): Call {
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') {
    return { protocol: 'json', operation: target.split('.')[1] ?? '', input: JSON.parse(body) };
  }
  if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true) {
    const input = Object.fromEntries(new URLSearchParams(body));
    return { protocol: 'query', operation: input['Action'] ?? '', input };
  }
  const url = new URL(request.url ?? '', 'http://aws');
  for (const [operation, method, path] of routes) {
    const match = path.exec(url.pathname);
    if (match === null || method !== request.method) continue;
    const query = Object.fromEntries(url.searchParams);
    const inPath = Object.entries(match.groups ?? {}).map(([key, text]) => [key, decodeURIComponent(text)]);
    const input = { ...query, ...Object.fromEntries(inPath), ...(body === '' ? {} : JSON.parse(body)) };
    return { protocol: 'rest', operation, input };
  }
  return { protocol: 'rest', operation: `${request.method} ${url.pathname}`, input: {} };
}

function send(response: ServerResponse, { protocol, operation }: Call, answer: object): void {
  if (protocol === 'query') {
    const body = `<${operation}Response><${operation}Result>${xml(answer)}</${operation}Result></${operation}Response>`;
    response.writeHead(200, { 'content-type': 'text/xml' }).end(body);
    return;
  }
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
}

function sendError(response: ServerResponse, protocol: Protocol, { code, message }: FakeAwsError): void {
  const status = /AccessDenied/.test(code) ? 403 : /NotFound/.test(code) ? 404 : 400;
  if (protocol === 'query') {
    const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
    return;
  }
  const headers = { 'content-type': 'application/json', 'x-amzn-errortype': code };
  response.writeHead(status, headers).end(JSON.stringify({ __type: code, message }));
}

/** Lists as `<member>`, or under the name that the service has for one (RDS): `{ one: 'DBCluster', list: [] }`. */
function xml(value: unknown): string {
  if (Array.isArray(value)) return value.map((one) => `<member>${xml(one)}</member>`).join('');
  if (typeof value !== 'object' || value === null) return String(value);
  if ('one' in value && 'list' in value && Array.isArray(value.list)) {
    return value.list.map((one) => `<${value.one}>${xml(one)}</${value.one}>`).join('');
  }
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .map(([name, inner]) => `<${name}>${xml(inner)}</${name}>`)
    .join('');
}
