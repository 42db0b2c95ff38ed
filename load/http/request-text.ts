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

/**
 * Makes whole POST requests with JSON bodies to one path.
 * @returns a function of the body, which has to be ASCII
 */
export function createJsonPost({ host, basePath }: Endpoint, path: string): (body: string) => string {
  const head = `POST ${basePath}${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: `;
  return (body) => `${head}${body.length}\r\n\r\n${body}`;
}
