import { fingerprintPass } from '../../functions/core/pass.ts';
import { passFingerprintHeader } from '../../schema/wire/pass-fingerprint.ts';
import type { HttpTarget } from './connection.ts';

/** What an endpoint's URL says of the server; a path in it goes before every request's. */
export interface Endpoint {
  readonly target: HttpTarget;
  /** For the Host header. */
  readonly host: string;
  readonly basePath: string;
}

/** Null where the text is no http or https URL. */
export function parseEndpoint(text: string): Endpoint | null {
  if (!URL.canParse(text)) return null;
  const { protocol, hostname, port, host, pathname } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') return null;
  const tls = protocol === 'https:';
  return {
    target: {
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? (tls ? 443 : 80) : Number(port),
      tls,
    },
    host,
    basePath: pathname.replace(/\/+$/, ''),
  };
}

/** A whole GET request. */
export function formatGet({ host, basePath }: Endpoint, path: string): string {
  return `GET ${basePath}${path} HTTP/1.1\r\nhost: ${host}\r\naccept: application/json\r\n\r\n`;
}

/** What a client sends with one vote: its type, and which pass it is cast with. */
export const voteHeaders = (pass: string) => ({
  'content-type': 'application/json',
  [passFingerprintHeader]: fingerprintPass(pass),
});

/** Makes whole requests that cast one vote; the body has to be ASCII, and to have the pass in it. */
export function createVotePost(
  { host, basePath }: Endpoint,
  election: string,
): (body: string, pass: string) => string {
  const head = `POST ${basePath}/v1/elections/${election}/votes HTTP/1.1\r\nhost: ${host}\r\n`;
  return (body, pass) => {
    const headers = Object.entries(voteHeaders(pass)).map(([name, value]) => `${name}: ${value}\r\n`);
    return `${head}${headers.join('')}content-length: ${body.length}\r\n\r\n${body}`;
  };
}
