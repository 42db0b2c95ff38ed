import { setTimeout as sleep } from 'node:timers/promises';
import { type ClusterNodes, otherNode, standbyName } from './cluster-nodes.ts';
import { type ClusterState, endRecovery, query } from './database.ts';
import type { Postgres } from './postgres.ts';
import { awaitSynchronous, isStreaming, setSynchronous } from './standby-replication.ts';
import type { TcpEndpoint } from './tcp-endpoint.ts';

/** A cluster as it is now. Only its watcher changes it, one step after the other. */
export type Cluster = {
  readonly nodes: ClusterNodes;
  readonly writer: TcpEndpoint;
  readonly reader: TcpEndpoint;
  readonly synchronous: boolean;
  readonly onLine: (line: string) => void;
  /** Writes it down; what is remembered decides which data the next start may use as a primary's. */
  readonly remember: (state: ClusterState) => void;
  state: ClusterState;
  primary: Postgres;
  standby: Postgres | undefined;
  /** The standby has every commit that was ever answered. */
  inSync: boolean;
  wanted: boolean;
  /** Somebody wants a dead primary to stay dead. */
  held: boolean;
  promotions: number;
  promotedAtMs: number | undefined;
  /** Looks in a row that the primary did not answer. */
  silentLooks: number;
  attachAtMs: number;
  /** Looks in a row that the standby got nothing of what the primary wrote. */
  strayLooks: number;
};

/** How often the primary is asked whether it lives; a process that ends is noticed at once. */
const lookMs = 500;
const answerMsMax = 2_000;
/** Looks in vain, until a primary that still has a process is taken for dead: some 10 s. */
const silentLooksMax = 4;
/** On top of the 5 s after which the primary gives up sending to it. */
const strayLooksMax = 8;
const retryMsMin = 100;
const retryMsMax = 5_000;
/** After a standby could not be made. */
const attachRetryMs = 2_000;

/** Looks after a cluster until `signal` says stop; then what is under way is ended, not waited for. */
export async function watchCluster(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  while (!signal.aborted) {
    await look(cluster, signal).catch((error: unknown) => {
      if (!signal.aborted) cluster.onLine(`the database's watcher: ${describe(error)}`);
    });
    if (signal.aborted) return;
    const ends = [cluster.primary, cluster.standby].filter((one) => one !== undefined && !one.hasEnded());
    const pause = sleep(cluster.attachAtMs === 0 ? lookMs : lookMs / 5);
    await Promise.race([pause, stopped, ...(cluster.held ? [] : ends.map((one) => one?.ended))]);
  }
}

async function look(cluster: Cluster, signal: AbortSignal): Promise<void> {
  if (cluster.held) return;
  if (cluster.primary.hasEnded()) return replacePrimary(cluster, signal);
  if (cluster.standby?.hasEnded()) {
    cluster.onLine(
      `standby (pid ${cluster.standby.pid}) is dead: commits do not wait for one until it is back`,
    );
    await dropStandby(cluster);
    await setSynchronous(cluster.primary.superuserUrl, '');
  }
  if (!(await answers(cluster))) return;
  await endStrayStandby(cluster);
  if (cluster.wanted && cluster.standby === undefined && performance.now() >= cluster.attachAtMs)
    await attach(cluster, signal).catch((error: unknown) => giveUpAttaching(cluster, signal, error));
}

/** Whether the primary answers; one that has not for long is killed, so that there are never two. */
async function answers(cluster: Cluster): Promise<boolean> {
  const { primary } = cluster;
  try {
    await query(primary.superuserUrl, 'select 1', { withinMs: answerMsMax });
    cluster.silentLooks = 0;
    return true;
  } catch {
    cluster.silentLooks += 1;
    if (cluster.silentLooks < silentLooksMax || primary.hasEnded()) return false;
    cluster.onLine(`postgres (pid ${primary.pid}) has a process but does not answer: killing it`);
    cluster.writer.lead(undefined);
    primary.signal('SIGKILL');
    await primary.ended;
    return false;
  }
}

/** Commits wait for a standby that hangs; one that has not followed for some 10 s is killed, and so replaced. */
async function endStrayStandby(cluster: Cluster): Promise<void> {
  const { standby, primary, state, onLine } = cluster;
  if (standby === undefined || standby.hasEnded()) return;
  const follows = await isStreaming(primary.superuserUrl, standbyName(otherNode(state.primary)));
  cluster.strayLooks = follows ? 0 : cluster.strayLooks + 1;
  if (cluster.strayLooks < strayLooksMax) return;
  cluster.strayLooks = 0;
  onLine(`standby (pid ${standby.pid}) has a process but does not follow: killing it`);
  standby.signal('SIGKILL');
  await standby.ended;
}

export function lead({ writer, reader, primary, standby }: Cluster): void {
  writer.lead(primary.port);
  reader.lead(standby?.port ?? primary.port);
}

/** Ends with a primary that serves: the standby where it may be promoted, else the old one again. */
async function replacePrimary(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const { standby: heir, primary: dead, state, onLine } = cluster;
  cluster.writer.lead(undefined);
  const beganMs = performance.now();
  const promotes = heir !== undefined && (cluster.inSync || !cluster.synchronous);
  if (promotes) {
    onLine(`postgres (pid ${dead.pid}) is dead: promoting the standby (pid ${heir.pid})`);
    // Written first: from here on the old primary's data must never be started as a primary's.
    cluster.remember({ primary: otherNode(state.primary), standby: undefined });
    cluster.primary = heir;
    cluster.standby = undefined;
    cluster.inSync = false;
  } else {
    onLine(`postgres (pid ${dead.pid}) is dead and nobody has all of its commits: starting it again`);
    await dropStandby(cluster);
  }
  await serveAgain(cluster, signal);
  if (signal.aborted) return;
  if (promotes) {
    cluster.promotions += 1;
    cluster.promotedAtMs = Date.now();
  }
  cluster.silentLooks = 0;
  lead(cluster);
  const seconds = ((performance.now() - beganMs) / 1000).toFixed(2);
  onLine(`postgres serves again (pid ${cluster.primary.pid}) after ${seconds} s`);
}

async function serveAgain(cluster: Cluster, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      if (cluster.primary.hasEnded())
        cluster.primary = await cluster.nodes.startPrimary(cluster.state.primary);
      else await endRecovery(cluster.primary);
      return;
    } catch (error) {
      cluster.onLine(`postgres does not come back: ${describe(error)}`);
      await sleep(Math.min(retryMsMin * 2 ** attempt, retryMsMax));
    }
  }
}

export async function dropStandby(cluster: Cluster): Promise<void> {
  const old = cluster.standby;
  cluster.inSync = false;
  cluster.standby = undefined;
  cluster.reader.lead(cluster.primary.port);
  if (old === undefined || old.hasEnded()) return;
  old.signal('SIGKILL');
  await old.ended;
}

/** Continues or clones the standby; when this resolves, commits wait for it. */
async function attach(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const { nodes, primary, state } = cluster;
  const name = otherNode(state.primary);
  const dying = new AbortController();
  void primary.ended.then(() => dying.abort(new Error('the primary died')));
  const over = AbortSignal.any([signal, dying.signal]);
  const continued =
    state.standby === name && nodes.exists(name)
      ? await nodes.continueStandby(name, primary, over).catch(() => undefined)
      : undefined;
  cluster.standby = continued ?? (await nodes.cloneStandby(name, primary, over));
  cluster.remember({ primary: state.primary, standby: name });
  if (cluster.synchronous) {
    await awaitSynchronous(primary.superuserUrl, standbyName(name), over);
    cluster.inSync = true;
  }
  cluster.attachAtMs = 0;
  lead(cluster);
  const waits = cluster.inSync ? ': commits wait for it' : '';
  cluster.onLine(`standby follows (pid ${cluster.standby.pid})${waits}`);
}

/** What is half made goes; commits do not wait for it; tried again soon. */
async function giveUpAttaching(cluster: Cluster, signal: AbortSignal, error: unknown): Promise<void> {
  if (!signal.aborted) cluster.onLine(`no standby yet: ${describe(error)}`);
  cluster.attachAtMs = performance.now() + attachRetryMs;
  await dropStandby(cluster);
  if (!cluster.primary.hasEnded()) await setSynchronous(cluster.primary.superuserUrl, '').catch(() => {});
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
