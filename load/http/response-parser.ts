export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; the last of equals wins. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** Whether the connection can take another request. */
  readonly keepAlive: boolean;
}

/** What came is no HTTP/1.1 response, or is beyond a limit. */
export class MalformedResponseError extends Error {
  override readonly name = 'MalformedResponseError';
  readonly code = 'malformed-response';
}

export interface ResponseParser {
  /**
   * Takes the next bytes of the connection; the response once it is whole, else null. Interim
   * responses (1xx) are passed over. Start anew after each response.
   * @throws MalformedResponseError
   */
  push(bytes: Buffer): HttpResponse | null;
  /** The server has closed: the response, if its end was to be told by that, else null. */
  end(): HttpResponse | null;
}

const headBytesMax = 64 * 1024;
const headEnd = '\r\n\r\n';

interface Head {
  readonly status: number;
  readonly headers: Map<string, string>;
  readonly keepAlive: boolean;
  readonly framing:
    | { readonly kind: 'length'; readonly bytes: number }
    | { readonly kind: 'chunked' }
    | { readonly kind: 'until-close' };
}

/**
 * Reads one HTTP/1.1 response (RFC 9112) to a GET or a POST.
 * @param bodyBytesMax Of the body, decoded.
 */
export function createResponseParser(bodyBytesMax: number): ResponseParser {
  /** Bytes not yet understood, in pieces: a body of many is put together once, not with each. */
  let pieces: Buffer[] = [];
  let bytesPending = 0;
  let head: Head | null = null;
  let chunks: ChunkedBody | null = null;

  const keep = (bytes: Buffer): void => {
    pieces = bytes.length === 0 ? [] : [bytes];
    bytesPending = bytes.length;
  };
  const joined = (): Buffer => {
    const [first] = pieces;
    if (pieces.length === 1 && first !== undefined) return first;
    const all = Buffer.concat(pieces, bytesPending);
    keep(all);
    return all;
  };
  const limit = (bytes: number): void => {
    if (bytes > bodyBytesMax)
      throw new MalformedResponseError(`a response's body has more than ${bodyBytesMax} bytes`);
  };
  const readHead = (): void => {
    while (head === null) {
      const bytes = joined();
      const end = bytes.indexOf(headEnd);
      if ((end < 0 ? bytes.length : end) > headBytesMax)
        throw new MalformedResponseError(`a response's head has more than ${headBytesMax} bytes`);
      if (end < 0) return;
      const parsed = parseHead(bytes.toString('latin1', 0, end));
      keep(bytes.subarray(end + headEnd.length));
      if (parsed.status >= 200) head = parsed;
    }
  };
  const readBody = (current: Head): HttpResponse | null => {
    const { framing } = current;
    if (framing.kind === 'chunked') {
      chunks ??= createChunkedBody(limit);
      keep(chunks.push(joined()));
      return chunks.isWhole() ? finish(current, chunks.body(), bytesPending > 0) : null;
    }
    const bytes = framing.kind === 'length' ? framing.bytes : Number.POSITIVE_INFINITY;
    limit(framing.kind === 'length' ? bytes : bytesPending);
    // More than the body is an answer that nobody asked for: what follows cannot be trusted.
    return bytesPending < bytes ? null : finish(current, joined().subarray(0, bytes), bytesPending > bytes);
  };

  return {
    push(bytes) {
      pieces.push(bytes);
      bytesPending += bytes.length;
      if (head === null) readHead();
      return head === null ? null : readBody(head);
    },
    end: () => (head?.framing.kind === 'until-close' ? finish(head, joined(), true) : null),
  };
}

function finish({ status, headers, keepAlive }: Head, body: Buffer, isLast: boolean): HttpResponse {
  return { status, headers, body, keepAlive: keepAlive && !isLast };
}

const statusShape = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |$)/;

function parseHead(text: string): Head {
  const [first = '', ...lines] = text.split('\r\n');
  const status = statusShape.exec(first);
  if (status === null)
    throw new MalformedResponseError(`a response begins with ${JSON.stringify(first.slice(0, 80))}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1)
      throw new MalformedResponseError(`a response has the header line ${JSON.stringify(line.slice(0, 80))}`);
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  const code = Number(status[2]);
  const framing = readFraming(code, headers);
  const connection = headers.get('connection')?.toLowerCase();
  const staysOpen = status[1] === '1' ? connection !== 'close' : connection === 'keep-alive';
  return { status: code, headers, keepAlive: staysOpen && framing.kind !== 'until-close', framing };
}

/** RFC 9112, section 6.3. */
function readFraming(status: number, headers: ReadonlyMap<string, string>): Head['framing'] {
  if (status < 200 || status === 204 || status === 304) return { kind: 'length', bytes: 0 };
  if (headers.get('transfer-encoding')?.toLowerCase() === 'chunked') return { kind: 'chunked' };
  const length = headers.get('content-length');
  if (length === undefined) return { kind: 'until-close' };
  if (!/^\d{1,15}$/.test(length))
    throw new MalformedResponseError(
      `a response has the content-length ${JSON.stringify(length.slice(0, 40))}`,
    );
  return { kind: 'length', bytes: Number(length) };
}

interface ChunkedBody {
  /** @returns what is left over: the beginning of a chunk, or what follows the body */
  push(bytes: Buffer): Buffer;
  isWhole(): boolean;
  body(): Buffer;
}

const chunkHeadBytesMax = 1024;

function createChunkedBody(limit: (bytes: number) => void): ChunkedBody {
  const parts: Buffer[] = [];
  let total = 0;
  let state: 'chunks' | 'trailers' | 'whole' = 'chunks';

  /** @returns the bytes behind the next line, and the line; null while it is not whole */
  const readLine = (bytes: Buffer): { line: string; rest: Buffer } | null => {
    const end = bytes.indexOf('\r\n');
    if ((end < 0 ? bytes.length : end) > chunkHeadBytesMax)
      throw new MalformedResponseError('a chunk of a response has an endless head');
    return end < 0 ? null : { line: bytes.toString('latin1', 0, end), rest: bytes.subarray(end + 2) };
  };

  return {
    push(bytes) {
      let rest = bytes;
      while (state !== 'whole') {
        const read = readLine(rest);
        if (read === null) return rest;
        if (state === 'trailers') {
          rest = read.rest;
          if (read.line === '') state = 'whole';
          continue;
        }
        const size = /^([0-9a-f]{1,8})(?:[\s;]|$)/i.exec(read.line)?.[1];
        if (size === undefined)
          throw new MalformedResponseError(
            `a chunk of a response begins with ${JSON.stringify(read.line.slice(0, 40))}`,
          );
        const length = Number.parseInt(size, 16);
        limit(total + length);
        if (length > 0 && read.rest.length < length + 2) return rest;
        rest = length > 0 ? read.rest.subarray(length + 2) : read.rest;
        if (length > 0) parts.push(read.rest.subarray(0, length));
        else state = 'trailers';
        total += length;
      }
      return rest;
    },
    isWhole: () => state === 'whole',
    body: () => (parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts, total)),
  };
}
