import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cloneCluster, writeStandbySettings } from './clone-standby.ts';
import { type DatabaseOptions, endRecovery, type NodeName, nodeDirectories } from './database.ts';
import { type Postgres, startPostgres } from './postgres.ts';
import { awaitStreaming, setSynchronous } from './standby-replication.ts';

/** Starts the two servers of a cluster, each in its directory and on its port. */
export type ClusterNodes = {
  exists(name: NodeName): boolean;
  /** As the primary, waiting for no standby; made when there is none. */
  startPrimary(name: NodeName): Promise<Postgres>;
  /** Again, where it was, if it is not too far behind. */
  continueStandby(name: NodeName, primary: Postgres, signal: AbortSignal): Promise<Postgres>;
  /** Anew, from the primary's data. */
  cloneStandby(name: NodeName, primary: Postgres, signal: AbortSignal): Promise<Postgres>;
};

/** Between two local servers: notice a broken link soon, and never keep the log for ever. */
const nodeSettings = {
  // The default, 5 s, is what a promotion would wait for now and then.
  wal_retrieve_retry_interval: '100ms',
  wal_sender_timeout: '5s',
  wal_receiver_timeout: '5s',
  wal_receiver_status_interval: '1s',
  // Long reads on the standby are not to be cancelled by what the primary cleans up.
  hot_standby_feedback: 'on',
  // The independent count's slot is kept on the standby too, and goes on there after a failover.
  sync_replication_slots: 'on',
};

/** Of the slot, and as the standby introduces itself. */
export const standbyName = (name: NodeName): string => `standby_${name}`;

export const otherNode = (name: NodeName): NodeName => (name === 'a' ? 'b' : 'a');

export function createNodes({ file, durable }: DatabaseOptions): ClusterNodes {
  const ports: Record<NodeName, number> = { a: 0, b: 0 };
  const directoryOf = (name: NodeName) => file(nodeDirectories[name]);
  const dataDirOf = (name: NodeName) => join(directoryOf(name), 'data');

  const start = async (name: NodeName, signal?: AbortSignal) => {
    const server = await startPostgres({
      directory: directoryOf(name),
      durable,
      port: ports[name],
      extra: nodeSettings,
      ...(signal === undefined ? {} : { signal }),
    });
    ports[name] = server.port;
    return server;
  };
  const follow = async (name: NodeName, primary: Postgres, signal: AbortSignal) => {
    writeStandbySettings(dataDirOf(name), primary.superuserUrl, standbyName(name));
    const server = await start(name, signal);
    try {
      await awaitStreaming(primary.superuserUrl, standbyName(name), signal);
      return server;
    } catch (error) {
      server.signal('SIGKILL');
      await server.ended;
      throw error;
    }
  };

  return {
    exists: (name) => existsSync(dataDirOf(name)),
    async startPrimary(name) {
      const server = await start(name);
      await endRecovery(server);
      await setSynchronous(server.superuserUrl, '');
      return server;
    },
    continueStandby: follow,
    async cloneStandby(name, primary, signal) {
      await cloneCluster({
        primaryUrl: primary.superuserUrl,
        primaryDataDir: primary.dataDir,
        primaryDirectory: join(primary.dataDir, '..'),
        directory: directoryOf(name),
        slot: standbyName(name),
        signal,
      });
      return follow(name, primary, signal);
    },
  };
}
