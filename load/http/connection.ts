import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  createResponseParser,
  type HttpResponse,
  MalformedResponseError,
  type ResponseParser,
} from './response-parser.ts';

/** No answer: the server may have done what was asked all the same. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  readonly code: NoAnswerCode;

  constructor(code: NoAnswerCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type NoAnswerCode = 'cannot-connect' | 'connection-lost' | 'timeout' | 'malformed-response' | 'closed';

export interface HttpTarget {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

export interface HttpConnection {
  /**
   * Sends one request and waits for its answer; connects first where need be. One at a time.
   * A request that a reused connection loses before any byte of an answer is sent once more on a
   * new one: the server may have closed it while it idled. So requests must be safe to repeat.
   * @param request Head and body, whole; ASCII.
   * @throws NoAnswerError
   */
  send(request: string): Promise<HttpResponse>;
  /** A request in flight fails with `closed`. */
  close(): void;
}

export interface ConnectionOptions {
  readonly target: HttpTarget;
  /** Silence after which an answer is given up; also how long connecting may take. */
  readonly timeoutMs: number;
  readonly bodyBytesMax: number;
}

interface Exchange {
  readonly request: string;
  readonly parser: ResponseParser;
  readonly resolve: (response: HttpResponse) => void;
  readonly reject: (error: NoAnswerError) => void;
  hasAnswerBytes: boolean;
}

/** A keep-alive HTTP/1.1 connection that comes back by itself after it broke. */
export function createHttpConnection({ target, timeoutMs, bodyBytesMax }: ConnectionOptions): HttpConnection {
  let socket: Socket | null = null;
  /** Whether the socket has answered a request before the one in flight. */
  let isReused = false;
  let exchange: Exchange | null = null;

  const drop = (): void => {
    const old = socket;
    socket = null;
    isReused = false;
    old?.removeAllListeners();
    // Whatever else a dropped socket has to say concerns nobody.
    old?.on('error', () => {});
    old?.destroy();
  };
  const settle = (response: HttpResponse): void => {
    const current = exchange;
    exchange = null;
    isReused = true;
    if (!response.keepAlive) drop();
    current?.resolve(response);
  };
  const fail = (code: NoAnswerCode, message: string, cause?: unknown): void => {
    const current = exchange;
    const mayRepeat = isReused && code === 'connection-lost' && current?.hasAnswerBytes === false;
    drop();
    if (current === null) return;
    if (mayRepeat) {
      start(current);
      return;
    }
    exchange = null;
    current.reject(new NoAnswerError(code, message, { cause }));
  };
  const receive = (bytes: Buffer): void => {
    // An answer to nothing: the server gives up on an idle connection with a 408.
    if (exchange === null) {
      drop();
      return;
    }
    exchange.hasAnswerBytes = true;
    try {
      const response = exchange.parser.push(bytes);
      if (response !== null) settle(response);
    } catch (error) {
      if (!(error instanceof MalformedResponseError)) throw error;
      fail('malformed-response', error.message, error);
    }
  };
  const start = (next: Exchange): void => {
    exchange = next;
    socket ??= openSocket(target, timeoutMs, {
      onBytes: receive,
      onFailure: fail,
      onClose() {
        const response = exchange?.parser.end() ?? null;
        if (response !== null) settle(response);
        else fail('connection-lost', 'the server closed the connection');
      },
    });
    socket.write(next.request, 'latin1');
  };

  return {
    send(request) {
      if (exchange !== null) throw new Error('a connection takes one request at a time');
      return new Promise((resolve, reject) => {
        start({
          request,
          parser: createResponseParser(bodyBytesMax),
          resolve,
          reject,
          hasAnswerBytes: false,
        });
      });
    },
    close: () => fail('closed', 'the connection was closed by us'),
  };
}

interface SocketHandlers {
  onBytes(bytes: Buffer): void;
  onFailure(code: NoAnswerCode, message: string, cause?: unknown): void;
  onClose(): void;
}

function openSocket({ host, port, tls }: HttpTarget, timeoutMs: number, handlers: SocketHandlers): Socket {
  let isConnected = false;
  const socket = tls ? connectTls({ host, port, servername: host }) : connectTcp({ host, port });
  socket.setNoDelay(true);
  socket.setTimeout(timeoutMs);
  socket.once(tls ? 'secureConnect' : 'connect', () => {
    isConnected = true;
  });
  socket.on('data', handlers.onBytes);
  socket.on('timeout', () => handlers.onFailure('timeout', `${host}:${port} was silent for ${timeoutMs} ms`));
  socket.on('error', (error: Error) => {
    handlers.onFailure(
      isConnected ? 'connection-lost' : 'cannot-connect',
      `${host}:${port}: ${error.message}`,
      error,
    );
  });
  socket.on('close', handlers.onClose);
  return socket;
}
