import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { passFingerprintHeader } from '../../schema/wire/pass-fingerprint.ts';
import { buildAlbEvent, type HeaderMode } from './alb-event.ts';
import { readAlbResult } from './alb-result.ts';
import { explainListenError } from './free-port.ts';
import { refuseUnreadable, sendProblem } from './front-problems.ts';
import { invokeHandler } from './lambda-invoke.ts';
import { compileListenerRules, type ListenerRule, type RuleMatcher } from './listener-rules.ts';
import type { PageFiles } from './page-files.ts';
import type { RateLimits } from './rate-limits.ts';
import { createWaitingRoom, type WaitingRoom } from './waiting-room.ts';

/** The load balancer's limit for Lambda targets. */
const bodyBytesMax = 1024 * 1024;
/** What is read and thrown away of a body that is too large, so that its sender hears why. */
const discardedBytesMax = 16 * 1024 * 1024;
/** The load balancer's limit for all headers together. */
const headerBytesMax = 64 * 1024;
const headersMax = 200;
const headerLimits = `${headerBytesMax} bytes of headers, and ${headersMax} of them`;
/** Default idle timeout of the load balancer. */
const idleMsMax = 60_000;
const headersMsMax = 10_000;
const requestMsMax = 30_000;
/** A function's timeout; the load balancer answers 502 then. */
const handlerMsMax = 30_000;
const connectionsMax = 4_096;
/** Of them, those that wait for a request, and what is kept of bodies that are not whole: beyond it the slowest go. */
const waitingMax = 3_000;
const waitingBytesMax = 64 * 1024 * 1024;

export type HttpFrontOptions = {
  /** 0: any free one. */
  readonly port: number;
  readonly rules: readonly ListenerRule[];
  /** Pages for people, looked at before the rules; none when left out. */
  readonly pages?: PageFiles;
  /** Default `multi`, as in production. */
  readonly headerMode?: HeaderMode;
  /** How much may be asked, by whom; anything when left out. */
  readonly limits?: RateLimits;
  /** A handler threw, hung or returned nonsense; the client has got 502. */
  readonly onHandlerError?: (name: string, error: unknown) => void;
};

export type HttpFront = {
  readonly port: number;
  /** Requests being answered. */
  inFlight(): number;
  /** Takes no new connection, answers what has come in, then closes. Bounded by `graceMs`. */
  stop(graceMs?: number): Promise<void>;
};

/**
 * Stands in for CloudFront and the load balancer: HTTP/1.1 on loopback in, the load balancer's
 * event into the handler of the first rule that fits, its result out.
 *
 * @throws LocalError `port-taken`
 */
export async function startHttpFront(options: HttpFrontOptions): Promise<HttpFront> {
  const server = createServer({
    maxHeaderSize: headerBytesMax,
    headersTimeout: headersMsMax,
    requestTimeout: requestMsMax,
    keepAliveTimeout: idleMsMax,
    connectionsCheckingInterval: 1_000,
    noDelay: true,
  });
  server.timeout = idleMsMax;
  server.maxHeadersCount = headersMax;
  server.maxConnections = connectionsMax;
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  const state: FrontState = {
    port,
    mode: options.headerMode ?? 'multi',
    match: compileListenerRules(options.rules),
    limits: options.limits ?? null,
    pages: options.pages ?? (() => null),
    onHandlerError: options.onHandlerError ?? (() => {}),
    nextTraceId: createTraceIds(),
    waiting: createWaitingRoom(waitingMax, waitingBytesMax),
    inFlight: 0,
    stopping: false,
  };
  server.on('request', (request, response) => receive(state, request, response));
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (Number(request.headers['content-length']) <= bodyBytesMax) response.writeContinue();
    receive(state, request, response);
  });
  // What else a client may expect is nothing to us (RFC 9110, 10.1.1).
  server.on('checkExpectation', (request, response) => receive(state, request, response));
  server.on('connection', (socket) => {
    state.waiting.enter(socket);
    socket.once('close', () => state.waiting.leave(socket));
  });
  server.on('clientError', (error: Error, socket: Socket) => refuseUnreadable(socket, error, headerLimits));
  return {
    port,
    inFlight: () => state.inFlight,
    stop: (graceMs = 10_000) => stopServer(server, state, graceMs),
  };
}

type FrontState = {
  readonly port: number;
  readonly mode: HeaderMode;
  readonly match: RuleMatcher;
  readonly limits: RateLimits | null;
  readonly pages: PageFiles;
  readonly onHandlerError: (name: string, error: unknown) => void;
  readonly nextTraceId: () => string;
  readonly waiting: WaitingRoom;
  inFlight: number;
  stopping: boolean;
};

async function listen(server: Server, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host: '127.0.0.1', backlog: 1_024 }, resolve);
    });
  } catch (cause) {
    throw explainListenError(cause, port);
  }
}

function receive(state: FrontState, request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  const chunks: Buffer[] = [];
  let bytes = 0;
  if (state.stopping) response.setHeader('connection', 'close');
  request.on('error', () => {});
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= bodyBytesMax) {
      chunks.push(chunk);
      state.waiting.hold(socket, chunk.length);
    } else {
      chunks.length = 0;
      if (bytes > discardedBytesMax) refuseTooLarge(request, response);
    }
  });
  response.once('close', () => {
    if (!socket.destroyed) state.waiting.enter(socket);
  });
  request.on('end', () => {
    state.waiting.leave(socket);
    if (bytes > bodyBytesMax) return refuseTooLarge(request, response);
    const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
    void answer(state, request, response, body);
  });
}

async function answer(
  state: FrontState,
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
): Promise<void> {
  const url = request.url ?? '/';
  const cut = url.indexOf('?');
  const method = request.method ?? 'GET';
  const path = cut < 0 ? url : url.slice(0, cut);
  const page = method === 'GET' || method === 'HEAD' ? state.pages(path) : null;
  if (page !== null) {
    const headers = Object.entries(page.headers).flat();
    return send(response, method, page.status, headers, page.body);
  }
  const waitSeconds = state.limits?.count({
    address: request.socket.remoteAddress ?? '',
    method,
    path,
    passFingerprint: request.headers[passFingerprintHeader]?.toString() ?? null,
  });
  if (waitSeconds !== undefined && waitSeconds > 0) {
    response.setHeader('retry-after', String(waitSeconds));
    return sendProblem(response, 429, 'too-many-attempts', 'Wait before you try again.');
  }
  const rule = state.match(method, path);
  // No path of ours has to be decoded, and the firewall lets none through that has: it could be another one than was counted.
  if (rule === undefined || !url.startsWith('/') || path.includes('%'))
    return sendProblem(response, 404, 'not-found', 'No rule of the front fits this address.');
  const { socket } = request;
  state.inFlight += 1;
  try {
    const event = buildAlbEvent(
      {
        method,
        url,
        rawHeaders: request.rawHeaders,
        body,
        clientAddress: socket.remoteAddress ?? '127.0.0.1',
        clientPort: socket.remotePort ?? 0,
        port: state.port,
        traceId: state.nextTraceId(),
      },
      state.mode,
    );
    const result = readAlbResult(
      await invokeHandler(rule.name, rule.target, event, handlerMsMax),
      state.mode,
    );
    if (result.kind === 'invalid') throw new Error(result.why);
    send(response, method, result.status, result.headers, result.body);
  } catch (error) {
    state.onHandlerError(rule.name, error);
    if (!response.headersSent)
      sendProblem(
        response,
        502,
        'bad-gateway',
        'The function behind this address failed. Retry the same request; repeating a vote is always safe.',
      );
    else response.destroy();
  } finally {
    state.inFlight -= 1;
  }
}

/** HEAD gets the length of the body that GET would have got, and no body. */
function send(
  response: ServerResponse,
  method: string,
  status: number,
  headers: string[],
  body: Buffer | string,
): void {
  const hasBody = status !== 204 && status !== 304;
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  if (hasBody && !(method === 'HEAD' && length === 0)) headers.push('content-length', String(length));
  response.writeHead(status, headers);
  response.end(hasBody && method !== 'HEAD' ? body : undefined);
}

function refuseTooLarge(request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) return;
  response.setHeader('connection', 'close');
  sendProblem(response, 413, 'body-too-large', `Send at most ${bodyBytesMax} bytes.`);
  if (!request.complete) response.once('finish', () => request.destroy());
}

async function stopServer(server: Server, state: FrontState, graceMs: number): Promise<void> {
  state.stopping = true;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  // A connection that was in the middle of a request becomes idle when its answer is out.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const limit = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(limit);
}

/** Distinct within a run and, by the random part, between runs; one random draw in all. */
function createTraceIds(): () => string {
  const run = randomBytes(6).toString('hex');
  let count = 0;
  return () => {
    count += 1;
    return `Root=1-${Math.floor(Date.now() / 1000).toString(16)}-${run}${count.toString(16).padStart(12, '0')}`;
  };
}
