import type { Stage } from '../stages.ts';

/** Something AWS was asked; or why it did not say. */
export type Asked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: string };

/** What AWS reports of a stage that is deployed. */
export interface Reading {
  readonly stacks: Asked<readonly { readonly name: string; readonly status: string }[]>;
  /** Concurrent executions that the account may have. */
  readonly concurrencyQuota: Asked<number>;
  readonly environments: Asked<Environments>;
  /** Invocations in the last 15 minutes that found no environment ready. */
  readonly spillOver: Asked<number>;
  readonly stream: Asked<StreamReading>;
  /** What feeds the writer, by its ARN, with its state. */
  readonly mappings: Asked<readonly { readonly source: string; readonly state: string }[]>;
  readonly loadBalancer: Asked<LoadBalancerReading>;
  readonly deadLetters: Asked<number>;
  /** Null: the stage has a database of somebody else's. */
  readonly database: Asked<DatabaseReading | null>;
}

export interface Environments {
  readonly version: string;
  /** Null: none are configured. */
  readonly provisioned: {
    readonly requested: number;
    readonly available: number;
    readonly status: string;
  } | null;
  /** Bounds of scaling by the clock; null: nothing scales. */
  readonly scaling: { readonly min: number; readonly max: number } | null;
}

export interface StreamReading {
  readonly status: string;
  readonly openShards: number;
  readonly retentionHours: number;
  readonly isEncrypted: boolean;
}

export interface LoadBalancerReading {
  readonly state: string;
  readonly reservedUnits: number;
  /** One a zone. */
  readonly reservations: readonly string[];
  /** Functions it calls. */
  readonly targets: readonly string[];
  /** The version of ingest that it should call. */
  readonly liveAlias: string;
}

export interface DatabaseReading {
  readonly status: string;
  readonly instances: readonly {
    readonly id: string;
    readonly isWriter: boolean;
    readonly status: string;
    readonly zone: string;
  }[];
}

export type Verdict = 'go' | 'no-go' | 'warming';

/** What prewarming can bring about itself. */
export type Remedy = 'environments' | 'shards' | 'reservation';

export interface Item {
  readonly name: string;
  readonly wanted: string;
  readonly found: string;
  readonly verdict: Verdict;
  /** What to do about it, where prewarming cannot. */
  readonly todo?: string;
  readonly remedy?: Remedy;
}

/** Executions of the other functions, beside those kept ready. */
const otherExecutions = 500;
const retentionHoursMin = 168;

/** Item by item, whether the stage is what it should be when voting opens. Pure. */
export function judge(stage: Stage, reading: Reading): Item[] {
  return [
    judgeStacks(reading),
    ...judgeEnvironments(stage, reading),
    ...judgeStream(stage, reading),
    ask('writer is fed', 'stream and queue, enabled', reading.mappings, (mappings) => ({
      found: mappings.map(({ source, state }) => `${source} ${state}`).join(', ') || 'nothing',
      ok: mappings.length === 2 && mappings.every(({ state }) => state === 'Enabled'),
      todo: 'enable the event source mappings, or deploy again',
    })),
    ...judgeLoadBalancer(stage, reading),
    ask('dead letters', 'none', reading.deadLetters, (count) => ({
      found: String(count),
      ok: count === 0,
      todo: 'see the runbook, dead-letters',
    })),
    judgeDatabase(stage, reading),
  ];
}

/** Go only if every item is. */
export const isGo = (items: readonly Item[]): boolean => items.every(({ verdict }) => verdict === 'go');

interface Judged {
  readonly found: string;
  readonly ok: boolean;
  readonly isWarming?: boolean;
  readonly todo?: string;
  readonly remedy?: Remedy;
}

function ask<T>(name: string, wanted: string, asked: Asked<T>, look: (value: T) => Judged): Item {
  if (!asked.ok) {
    return { name, wanted, found: asked.why, verdict: 'no-go', todo: 'let this account ask for it' };
  }
  const { found, ok, isWarming = false, todo, remedy } = look(asked.value);
  if (ok) return { name, wanted, found, verdict: 'go' };
  return {
    name,
    wanted,
    found,
    verdict: isWarming ? 'warming' : 'no-go',
    ...(todo === undefined ? {} : { todo }),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

function judgeStacks({ stacks }: Reading): Item {
  return ask('stacks', 'deployed, at rest', stacks, (list) => {
    const restless = list.filter(({ status }) => !/^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status));
    return {
      found: restless.map(({ name, status }) => `${name} ${status}`).join(', ') || `${list.length} at rest`,
      ok: list.length > 0 && restless.length === 0,
      todo: 'wait for CloudFormation, or mend the stack',
    };
  });
}

function judgeEnvironments({ ingest }: Stage, reading: Reading): Item[] {
  if (ingest.kind !== 'provisioned-concurrency') return [];
  const wanted = ingest.environments;
  return [
    ask('executions allowed', `at least ${wanted + otherExecutions}`, reading.concurrencyQuota, (quota) => ({
      found: String(quota),
      ok: quota >= wanted + otherExecutions,
      todo: 'have L-B99A9384 raised: npm run capacity says how',
    })),
    ask(
      'environments ready',
      `${wanted} of version`,
      reading.environments,
      ({ provisioned, scaling, version }) => {
        const isHeld = scaling === null || (scaling.min >= wanted && scaling.max >= wanted);
        const isReady =
          provisioned?.status === 'READY' &&
          provisioned.requested >= wanted &&
          provisioned.available >= wanted;
        return {
          found: `${provisioned?.available ?? 0} of ${provisioned?.requested ?? 0}, version ${version}, ${provisioned?.status ?? 'NONE'}`,
          ok: isReady && isHeld,
          // Held at the number, and on the way there.
          isWarming: isHeld && provisioned?.status === 'IN_PROGRESS',
          remedy: 'environments',
        };
      },
    ),
    ask('spilled over', 'nothing in 15 min', reading.spillOver, (count) => ({
      found: String(count),
      ok: count === 0,
      todo: 'more came than is kept ready: find out who, and look again in 15 min',
    })),
  ];
}

function judgeStream({ streamShards }: Stage, { stream }: Reading): Item[] {
  return [
    ask('shards', `at least ${streamShards}`, stream, ({ openShards, status }) => ({
      found: `${openShards}, ${status}`,
      ok: openShards >= streamShards && status === 'ACTIVE',
      isWarming: status === 'UPDATING',
      remedy: 'shards',
    })),
    ask('stream keeps', `${retentionHoursMin} h, encrypted`, stream, ({ retentionHours, isEncrypted }) => ({
      found: `${retentionHours} h, ${isEncrypted ? 'encrypted' : 'not encrypted'}`,
      ok: retentionHours >= retentionHoursMin && isEncrypted,
      todo: 'deploy the data stack again: somebody changed the stream by hand',
    })),
  ];
}

function judgeLoadBalancer({ loadBalancerUnits }: Stage, { loadBalancer }: Reading): Item[] {
  const calls = ask('load balancer calls', 'the live version of ingest', loadBalancer, (found) => ({
    found: `${found.targets.join(', ') || 'nothing'}, ${found.state}`,
    ok: found.state === 'active' && found.targets.includes(found.liveAlias),
    todo: 'deploy the service stack again',
  }));
  if (loadBalancerUnits === 0) return [calls];
  const reserved = ask('capacity reserved', `${loadBalancerUnits} LCU`, loadBalancer, (found) => ({
    found: `${found.reservedUnits} LCU, ${found.reservations.join(', ') || 'none'}`,
    ok:
      found.reservedUnits >= loadBalancerUnits &&
      found.reservations.length > 0 &&
      found.reservations.every((state) => state === 'provisioned'),
    isWarming: found.reservedUnits >= loadBalancerUnits && found.reservations.includes('pending'),
    remedy: 'reservation' as const,
  }));
  return [calls, reserved];
}

function judgeDatabase({ database: size }: Stage, { database }: Reading): Item {
  const readers = size.kind === 'external' ? 0 : size.readers;
  return ask('database', `a writer and ${readers} to take over`, database, (found) => {
    if (found === null) return { found: 'somebody else’s', ok: size.kind === 'external' };
    const up = found.instances.filter(({ status }) => status === 'available');
    const writers = up.filter(({ isWriter }) => isWriter);
    const zones = new Set(up.map(({ zone }) => zone));
    const isUp = found.status === 'available' && writers.length === 1;
    return {
      found: `${found.status}, ${writers.length} writing, ${up.length - writers.length} reading, ${zones.size} zones`,
      ok: isUp && up.length - writers.length >= readers && zones.size >= Math.min(2, 1 + readers),
      todo: 'see the runbook, failover',
    };
  });
}
