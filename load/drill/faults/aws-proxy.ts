import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { answerThrottled, splitPutRecords } from './put-records.ts';

/**
 * What becomes of one call:
 * - `throttle`: refused as Kinesis refuses it, without the stream having seen it.
 * - `part`: PutRecords answers 200 and some of its entries have failed; the stream never saw those.
 * - `withhold`: carried out, and the answer never comes.
 * - `reset`, `reset-after`: the connection breaks before, or after, it is carried out.
 * - `slow`: carried out; the answer comes late.
 * - `unavailable`: 503, and nothing done.
 */
export type CallFate =
  | { readonly kind: 'pass' | 'throttle' | 'withhold' | 'reset' | 'reset-after' | 'unavailable' }
  | { readonly kind: 'part'; readonly failShare: number }
  | { readonly kind: 'slow'; readonly ms: number };

/** Stands between a part and the stream or the store, and speaks their protocol. */
export interface AwsProxy {
  readonly port: number;
  /** Asked for every call, by the operation's name (`PutRecords`; `S3` for the object store's). */
  judge: (operation: string) => CallFate;
  /** Calls by what became of them, those that passed left out. */
  readonly counts: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

export async function startAwsProxy(upstreamPort: number, random: () => number): Promise<AwsProxy> {
  const agent = new Agent({ keepAlive: true, maxSockets: 128 });
  const counts = new Map<string, number>();
  const proxy = { judge: (): CallFate => ({ kind: 'pass' }) } as { judge: AwsProxy['judge'] };
  const server = createServer((incoming, outgoing) => {
    incoming.on('error', () => {});
    outgoing.on('error', () => {});
    void readBody(incoming).then((body) => {
      const fate = proxy.judge(operationOf(incoming));
      if (fate.kind !== 'pass') counts.set(fate.kind, (counts.get(fate.kind) ?? 0) + 1);
      carryOut({ incoming, outgoing, body, fate, agent, upstreamPort, random }).catch(() =>
        incoming.socket.destroy(),
      );
    }, ignore);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('an HTTP server has no port');
  return Object.assign(proxy, {
    port: address.port,
    counts,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  });
}

function ignore(): void {}

const operationOf = ({ headers }: IncomingMessage): string =>
  String(headers['x-amz-target'] ?? '.S3').split('.')[1] ?? '';

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

interface Call {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly body: Buffer;
  readonly fate: CallFate;
  readonly agent: Agent;
  readonly upstreamPort: number;
  readonly random: () => number;
}

async function carryOut(call: Call): Promise<void> {
  const { fate, incoming, outgoing, body } = call;
  switch (fate.kind) {
    case 'throttle':
      return answer(outgoing, answerThrottled());
    case 'unavailable':
      return answer(outgoing, {
        status: 503,
        headers: {},
        body: Buffer.from('{"__type":"ServiceUnavailable"}'),
      });
    case 'reset':
      incoming.socket.destroy();
      return;
    case 'part': {
      const split = splitPutRecords(body, fate.failShare, call.random);
      const upstream = split.kept === null ? null : await forward(call, split.kept);
      return answer(outgoing, split.merge(upstream));
    }
    case 'withhold':
      await forward(call, body);
      return;
    case 'reset-after':
      await forward(call, body);
      incoming.socket.destroy();
      return;
    case 'slow': {
      const late = await forward(call, body);
      await new Promise((resolve) => setTimeout(resolve, fate.ms));
      return answer(outgoing, late);
    }
    case 'pass':
      return answer(outgoing, await forward(call, body));
  }
}

/** An answer, whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

/** Rejects when the other side cannot be reached; the caller then breaks the connection, as that would have. */
function forward({ incoming, agent, upstreamPort }: Call, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { ...incoming.headers, 'content-length': String(body.length) };
    delete (headers as Record<string, unknown>)['transfer-encoding'];
    delete (headers as Record<string, unknown>)['expect'];
    const { method, url } = incoming;
    const sent = request(
      { host: '127.0.0.1', port: upstreamPort, method, path: url, headers, agent },
      (response) => {
        const { statusCode: status = 502, headers: received } = response;
        readBody(response).then(
          (whole) => resolve({ status, headers: withoutHops(received), body: whole }),
          reject,
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const hops = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

function withoutHops(headers: IncomingMessage['headers']): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || hops.has(name) ? [] : [[name, value]],
    ),
  );
}

function answer(outgoing: ServerResponse, { status, headers, body }: Answer): void {
  if (outgoing.destroyed) return;
  const bodyless = status === 204 || status === 304;
  outgoing.writeHead(status, bodyless ? headers : { ...headers, 'content-length': body.length });
  outgoing.end(bodyless ? undefined : body);
}
