import { connect, createServer, type Socket } from 'node:net';

/**
 * How long a new connection is held while there is no server to lead it to. RDS Proxy holds one
 * for its borrow timeout, 120 s by default; our functions wait 3 s for a connection and then try
 * again, so a longer hold would only keep sockets that nobody listens to.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-connections.html
 */
const holdMsMax = 5_000;
/** Held at once; beyond it new ones are closed. Our functions have some 20 connections in all. */
const heldMax = 500;

/** An address that stays while the server behind it changes, as a cluster endpoint of Aurora's. */
export type TcpEndpoint = {
  readonly port: number;
  /**
   * Leads to `port` from now on. Connections to any other are cut: a session cannot be moved, and
   * one to a server that is no longer the primary must not be used. Undefined: there is no server;
   * connections that come are held until there is one, for 5 s at most.
   */
  lead(port: number | undefined): void;
  stop(): Promise<void>;
};

type Link = { readonly client: Socket; readonly server: Socket; readonly port: number };

/** Listens on 127.0.0.1. Leads nowhere until told. */
export async function startTcpEndpoint(): Promise<TcpEndpoint> {
  const links = new Set<Link>();
  const held = new Map<Socket, NodeJS.Timeout>();
  let target: number | undefined;

  const join = (client: Socket, port: number) => {
    const server = connect({ port, host: '127.0.0.1', noDelay: true });
    const link = { client, server, port };
    links.add(link);
    const cut = () => {
      links.delete(link);
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) socket.on('error', cut).on('close', cut);
    client.pipe(server);
    server.pipe(client);
  };
  const release = (client: Socket) => {
    clearTimeout(held.get(client));
    held.delete(client);
  };
  const hold = (client: Socket) => {
    if (held.size >= heldMax) {
      client.destroy();
      return;
    }
    held.set(
      client,
      setTimeout(() => client.destroy(), holdMsMax),
    );
    client.on('close', () => release(client));
  };
  const server = createServer({ noDelay: true, pauseOnConnect: true }, (client) => {
    client.on('error', () => {});
    if (target === undefined) hold(client);
    else join(client, target);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');

  const lead = (port: number | undefined) => {
    target = port;
    for (const link of links) if (link.port !== port) link.client.destroy();
    if (port === undefined) return;
    for (const client of [...held.keys()]) {
      release(client);
      join(client, port);
    }
  };
  return {
    port: address.port,
    lead,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      lead(undefined);
      for (const client of [...held.keys()]) client.destroy();
      await closed;
    },
  };
}
