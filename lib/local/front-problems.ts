import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { refusalHeaders } from '../../schema/wire/answer-headers.ts';
import { systemCode } from './local-error.ts';

/** Problems that the front answers with itself, before or instead of a function. */
const titles = {
  400: 'The request cannot be read',
  404: 'There is nothing at this address',
  408: 'The request took too long',
  413: 'The body is too large',
  429: 'Too many attempts',
  431: 'The headers are too large',
  502: 'The function failed',
} as const;
type Status = keyof typeof titles;

/** A problem document with what every refusal at the edge has: its policy, and leave for any page to read it. */
export function sendProblem(response: ServerResponse, status: Status, code: string, detail: string): void {
  const { headers, body } = compose(status, code, detail);
  response.writeHead(status, headers);
  response.end(body);
}

/** What never became a request: too slow, too large a head, or no HTTP at all. Closes the connection. */
export function refuseUnreadable(socket: Socket, error: Error, headerLimits: string): void {
  const errorCode = systemCode(error);
  if (!socket.writable || errorCode === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, code, detail] = judgeUnreadable(errorCode, headerLimits);
  const { headers, body } = compose(status, code, detail);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

function judgeUnreadable(errorCode: string | undefined, headerLimits: string): [Status, string, string] {
  if (errorCode === 'HPE_HEADER_OVERFLOW') return [431, 'headers-too-large', `Send at most ${headerLimits}.`];
  if (errorCode === 'ERR_HTTP_REQUEST_TIMEOUT')
    return [408, 'request-timeout', 'Send the whole request at once.'];
  return [400, 'malformed-request', 'Send HTTP/1.1.'];
}

function compose(status: Status, code: string, detail: string) {
  const body = JSON.stringify({
    type: `urn:ballotstream:problem:${code}`,
    title: titles[status],
    status,
    detail,
  });
  const headers = {
    ...refusalHeaders,
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
  };
  return { headers, body };
}
