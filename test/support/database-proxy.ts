import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * What becomes of a statement on its way to the server:
 * - `pass`: it goes on, and so does its reply.
 * - `cut`: the connection breaks before the server sees it.
 * - `cut-reply`: the server carries it out; the connection breaks before the reply arrives.
 * - `hang`: the server never sees it, and nothing comes back.
 * - `hang-reply`: the server carries it out, and nothing comes back.
 */
export type Verdict = 'pass' | 'cut' | 'cut-reply' | 'hang' | 'hang-reply';

/** Stands between a client and PostgreSQL and knows where one statement ends and the next begins. */
export interface DatabaseProxy {
  /** The same database, role and password, by way of the proxy. */
  urlFor(url: string): string;
  /** Asked before each statement; what it awaits happens before the server sees the statement. */
  judge: (statement: string) => Verdict | Promise<Verdict>;
  /** Statements that reached the proxy, in order; of the extended protocol those that were parsed. */
  readonly statements: string[];
  /** Breaks every connection and refuses new ones until `back`. */
  away(): Promise<void>;
  back(): Promise<void>;
  close(): Promise<void>;
}

export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const { hostname, port } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let server: Server | null = null;
  let listensOn = 0;

  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.setNoDelay(true);
    // Both ends see a broken connection as an error sooner or later: that is what is tested.
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    return socket;
  };

  async function listen(): Promise<void> {
    const listening = createServer((client) => {
      const upstream = track(connect(Number(port), hostname));
      void relay(track(client), upstream, proxy);
    });
    await new Promise<void>((resolve) => listening.listen(listensOn, '127.0.0.1', resolve));
    const address = listening.address();
    if (typeof address === 'object' && address !== null) listensOn = address.port;
    server = listening;
  }

  async function away(): Promise<void> {
    const listening = server;
    server = null;
    const closed = new Promise((resolve) => listening?.close(resolve) ?? resolve(null));
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  const proxy: DatabaseProxy = {
    urlFor(url) {
      const through = new URL(url);
      through.host = `127.0.0.1:${listensOn}`;
      return through.href;
    },
    judge: () => 'pass',
    statements: [],
    away,
    back: listen,
    close: away,
  };
  await listen();
  return proxy;
}

/** Carries one connection, message by message, until either end or a verdict ends it. */
async function relay(client: Socket, upstream: Socket, proxy: DatabaseProxy): Promise<void> {
  let fate: Verdict = 'pass';
  const cut = () => {
    client.destroy();
    upstream.destroy();
  };
  client.on('close', cut);
  upstream.on('close', cut);
  upstream.on('data', (data) => {
    if (fate === 'pass') client.write(data);
    if (fate === 'cut-reply') cut();
  });
  try {
    for await (const message of messagesOf(client)) {
      // Once something went wrong, only what belongs to the same statement can still come.
      const statement = fate === 'pass' ? statementOf(message) : null;
      if (statement !== null) {
        proxy.statements.push(statement);
        fate = await proxy.judge(statement);
      }
      if (fate === 'cut') return cut();
      if (fate !== 'hang') upstream.write(message.bytes);
    }
  } catch {
    // The client went away in the middle of a message.
  }
  cut();
}

interface Message {
  /** Null for the first one, which has no type. */
  readonly type: string | null;
  readonly bytes: Buffer;
}

/** PostgreSQL's protocol 3: one byte of type (none in the first message), four of length, the rest. */
async function* messagesOf(client: Socket): AsyncGenerator<Message> {
  let pending = Buffer.alloc(0);
  let isFirst = true;
  for await (const data of client) {
    pending = Buffer.concat([pending, data as Buffer]);
    for (;;) {
      const header = isFirst ? 0 : 1;
      if (pending.length < header + 4) break;
      const end = header + pending.readUInt32BE(header);
      if (pending.length < end) break;
      yield { type: isFirst ? null : String.fromCharCode(pending[0] ?? 0), bytes: pending.subarray(0, end) };
      pending = pending.subarray(end);
      isFirst = false;
    }
  }
}

/** Of a Query its text, of a Parse the text after the statement's name. */
function statementOf({ type, bytes }: Message): string | null {
  if (type !== 'Q' && type !== 'P') return null;
  const strings = bytes.subarray(5).toString('utf8').split('\0');
  return strings[type === 'Q' ? 0 : 1] ?? null;
}
