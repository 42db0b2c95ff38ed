import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createNodes } from './cluster-nodes.ts';
import { type Cluster, dropStandby, lead, watchCluster } from './cluster-watch.ts';
import {
  clusterStateFile,
  type Database,
  type DatabaseOptions,
  nodeDirectories,
  readClusterState,
} from './database.ts';
import { replaceFile } from './replace-file.ts';
import { startTcpEndpoint, type TcpEndpoint } from './tcp-endpoint.ts';

export type ClusterOptions = DatabaseOptions & {
  /** `false`: commits do not wait for the standby, and a promotion may lose some; for the drill that shows it. */
  readonly synchronous: boolean;
};

const pollMs = 20;

/**
 * A primary and a hot standby that takes over when the primary dies, behind two addresses: writes
 * go to whoever is primary, reads to the standby (to the primary while there is none).
 *
 * - Synchronous: a commit is answered when both have it on disk. Only a standby that is known to
 *   have every answered commit is promoted; otherwise the old primary is started again.
 * - A primary that falls silent is killed before the standby is promoted: there are never two.
 * - Without a standby, commits do not wait: a lost standby must not stop the count. It is cloned
 *   again in the background, and commits wait again once it has everything.
 *
 * Starts with the primary alone; `withStandby` asks for the other.
 */
export async function startDatabaseCluster(options: ClusterOptions): Promise<Database> {
  const [writer, reader] = await Promise.all([startTcpEndpoint(), startTcpEndpoint()]);
  try {
    return describeCluster(await openCluster(options, writer, reader), options);
  } catch (error) {
    await Promise.all([writer.stop(), reader.stop()]);
    throw error;
  }
}

async function openCluster(
  options: ClusterOptions,
  writer: TcpEndpoint,
  reader: TcpEndpoint,
): Promise<Cluster> {
  const stateFile = options.file(clusterStateFile);
  const nodes = createNodes(options);
  const state = readClusterState(stateFile);
  const primary = await nodes.startPrimary(state.primary);
  const cluster: Cluster = {
    nodes,
    writer,
    reader,
    synchronous: options.synchronous,
    onLine: options.onLine,
    remember(next) {
      cluster.state = next;
      replaceFile(stateFile, `${JSON.stringify(next)}\n`);
    },
    state,
    primary,
    standby: undefined,
    inSync: false,
    wanted: false,
    held: false,
    promotions: 0,
    promotedAtMs: undefined,
    silentLooks: 0,
    attachAtMs: 0,
    strayLooks: 0,
  };
  cluster.remember(state);
  lead(cluster);
  return cluster;
}

function describeCluster(cluster: Cluster, options: ClusterOptions): Database {
  let stopping = new AbortController();
  let watching = watchCluster(cluster, stopping.signal);
  const halt = async () => {
    stopping.abort(new Error('the cluster is being stopped'));
    await watching;
  };
  const at =
    ({ port }: TcpEndpoint): Database['urlFor'] =>
    (...who) => {
      const url = new URL(cluster.primary.urlFor(...who));
      url.port = String(port);
      return url.href;
    };
  return {
    urlFor: at(cluster.writer),
    readerUrlFor: at(cluster.reader),
    dataDirs: Object.values(nodeDirectories).map((name) => join(options.file(name), 'data')),
    status: () => statusOf(cluster),
    kill(which, signal, { restart = true } = {}) {
      if (!restart) cluster.held = true;
      (which === 'primary' ? cluster.primary : cluster.standby)?.signal(signal);
    },
    async restart() {
      await halt();
      await cluster.primary.stop();
      cluster.held = false;
      cluster.writer.lead(undefined);
      cluster.primary = await cluster.nodes.startPrimary(cluster.state.primary);
      await dropStandby(cluster);
      lead(cluster);
      stopping = new AbortController();
      watching = watchCluster(cluster, stopping.signal);
    },
    async withStandby() {
      cluster.wanted = true;
      while (!stopping.signal.aborted && !isComplete(cluster)) await sleep(pollMs);
    },
    async stop() {
      await halt();
      // The primary first: it ends when its standby has everything.
      await cluster.primary.stop();
      await cluster.standby?.stop();
      await Promise.all([cluster.writer.stop(), cluster.reader.stop()]);
    },
  };
}

const isComplete = ({ standby, synchronous, inSync }: Cluster): boolean =>
  standby !== undefined && (inSync || !synchronous);

function statusOf(cluster: Cluster): ReturnType<Database['status']> {
  const { primary, standby, inSync, promotions, promotedAtMs } = cluster;
  return {
    primary: { pid: primary.pid, url: primary.superuserUrl },
    standby: standby && { pid: standby.pid, url: standby.superuserUrl },
    synchronous: inSync,
    promotions,
    promotedAtMs,
  };
}
