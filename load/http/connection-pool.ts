import { type ConnectionOptions, createHttpConnection, type HttpConnection } from './connection.ts';

export interface ConnectionPool {
  /** One that nobody uses, the one used last first; null when all are in use. */
  take(): HttpConnection | null;
  giveBack(connection: HttpConnection): void;
  closeAll(): void;
}

/** At most so many connections, each opened when it is first needed. */
export function createConnectionPool(connectionsMax: number, options: ConnectionOptions): ConnectionPool {
  const all: HttpConnection[] = [];
  const idle: HttpConnection[] = [];
  return {
    take() {
      const free = idle.pop();
      if (free !== undefined || all.length >= connectionsMax) return free ?? null;
      const connection = createHttpConnection(options);
      all.push(connection);
      return connection;
    },
    giveBack(connection) {
      idle.push(connection);
    },
    closeAll() {
      for (const connection of all) connection.close();
    },
  };
}
