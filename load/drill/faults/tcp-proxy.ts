import { connect, createServer, type Socket } from 'node:net';

/**
 * - `pass`: bytes go through.
 * - `silent`: none do, on old connections and new ones, and nobody is told: a network that lost
 *   its way. What was under way goes on afterwards, as TCP does.
 * - `refuse`: connections break, and new ones at once.
 */
export type TcpMode = 'pass' | 'silent' | 'refuse';

/** Stands between a part and whatever it talks to over TCP. */
export interface TcpProxy {
  readonly port: number;
  set(mode: TcpMode): void;
  /** Leads new connections to another port, and breaks the old ones. Undefined: to its own again. */
  lead(port: number | undefined): void;
  /** The same, and leaves the old ones where they lead. */
  leadNew(port: number | undefined): void;
  /** Connections that were broken or refused, and connections that were made to wait. */
  counts(): { readonly broken: number; readonly silenced: number };
  stop(): Promise<void>;
}

export async function startTcpProxy(upstreamPort: number): Promise<TcpProxy> {
  const links = new Set<readonly [Socket, Socket]>();
  const counts = { broken: 0, silenced: 0 };
  let mode: TcpMode = 'pass';
  let target = upstreamPort;

  const breakAll = () => {
    counts.broken += links.size;
    for (const [client] of links) client.destroy();
  };
  const server = createServer({ noDelay: true, pauseOnConnect: true }, (client) => {
    client.on('error', () => {});
    if (mode === 'refuse') {
      counts.broken += 1;
      client.destroy();
      return;
    }
    const upstream = connect({ port: target, host: '127.0.0.1', noDelay: true });
    const link = [client, upstream] as const;
    links.add(link);
    const cut = () => {
      links.delete(link);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of link) socket.on('error', cut).on('close', cut);
    client.on('data', (bytes) => upstream.write(bytes));
    upstream.on('data', (bytes) => client.write(bytes));
    if (mode === 'silent') counts.silenced += 1;
    for (const socket of link) if (mode === 'silent') socket.pause();
    if (mode === 'pass') client.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return {
    port: address.port,
    set(next) {
      if (next === 'refuse') breakAll();
      if (next === 'silent' && mode !== 'silent') counts.silenced += links.size;
      mode = next;
      for (const socket of [...links].flat()) {
        if (next === 'silent') socket.pause();
        else socket.resume();
      }
    },
    lead(port) {
      target = port ?? upstreamPort;
      breakAll();
    },
    leadNew(port) {
      target = port ?? upstreamPort;
    },
    counts: () => ({ ...counts }),
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const [client] of links) client.destroy();
      await closed;
    },
  };
}
