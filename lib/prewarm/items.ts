import { requestCommand } from '../capacity/quotas.ts';
import {
  type Asked,
  concurrencyCode,
  type Goal,
  type QuotaReading,
  type Reading,
  reservationCode,
} from './reading.ts';

/** Unknown: AWS does not report it at all, so it cannot be waited for; it is told, and stops nothing. */
export type Verdict = 'go' | 'no-go' | 'warming' | 'unknown';

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

const retentionHoursMin = 168;

/** Item by item, whether the stage is what it should be when voting opens. Pure. */
export function judge(goal: Goal, reading: Reading): Item[] {
  return [
    judgeStacks(goal, reading),
    ...judgeQuotas(goal, reading),
    judgeIngest(reading),
    ...judgeCompute(goal, reading),
    ...judgeStream(goal, reading),
    ask('writer is fed', 'stream and queue, enabled', reading.mappings, (mappings) => {
      const enabled = mappings.filter(({ state }) => state === 'Enabled').map(({ source }) => source);
      return {
        found: mappings.map(({ source, state }) => `${source} ${state}`).join(', ') || 'nothing',
        verdict: enabled.includes('stream') && enabled.includes('queue') ? 'go' : 'no-go',
        todo: 'enable the event source mappings, or deploy again',
      };
    }),
    ...judgeLoadBalancer(goal, reading),
    ask('dead letters', 'none', reading.deadLetters, (count) => ({
      found: String(count),
      verdict: count === 0 ? 'go' : 'no-go',
      todo: 'see the runbook, dead-letters',
    })),
    judgeDatabase(goal, reading),
  ];
}

/** Go only if nothing speaks against it. */
export const isGo = (items: readonly Item[]): boolean =>
  items.every(({ verdict }) => verdict === 'go' || verdict === 'unknown');

type Judged = Pick<Item, 'found' | 'verdict' | 'todo' | 'remedy'>;

function ask<T>(name: string, wanted: string, asked: Asked<T>, look: (value: T) => Judged): Item {
  if (!asked.ok) {
    return { name, wanted, found: asked.why, verdict: 'no-go', todo: 'let whoever prewarms ask for it' };
  }
  const { found, verdict, todo, remedy } = look(asked.value);
  if (verdict === 'go') return { name, wanted, found, verdict };
  return {
    name,
    wanted,
    found,
    verdict,
    ...(todo === undefined ? {} : { todo }),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

function judgeStacks({ stage }: Goal, { stacks }: Reading): Item {
  const parts = stage.name === 'emulator' ? ['data', 'service'] : ['data', 'service', 'edge', 'operations'];
  return ask('stacks', `${parts.join(', ')}, at rest`, stacks, (list) => {
    const missing = parts.filter((part) => !list.some((one) => one.part === part));
    const restless = list.filter(({ status }) => !/^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status));
    const wrong = [
      ...missing.map((part) => `no ${part}`),
      ...restless.map(({ part, status }) => `${part} ${status}`),
    ];
    return {
      found: wrong.join(', ') || `${list.length} at rest`,
      verdict: wrong.length === 0 ? 'go' : 'no-go',
      todo: 'wait for CloudFormation, or mend the stack',
    };
  });
}

function judgeQuotas({ quotas }: Goal, { quotas: asked }: Reading): Item[] {
  return quotas.map((quota) =>
    ask(
      `quota: ${quota.service}, ${quota.quota}`,
      `at least ${quota.needed}`,
      // Compared by what they are called: what was read may have been made anew.
      asked.ok ? { ok: true, value: findQuota(asked.value, quota.service, quota.quota) } : asked,
      (found) => {
        if (found === null) {
          return {
            found: 'AWS publishes none',
            verdict: 'unknown',
            todo: 'go by what AWS answered to your request',
          };
        }
        const todo = `have it raised: ${requestCommand(quota) ?? 'a support case'}`;
        return { found: String(found), verdict: found >= quota.needed ? 'go' : 'no-go', todo };
      },
    ),
  );
}

const findQuota = (readings: readonly QuotaReading[], service: string, name: string): number | null =>
  readings.find(({ quota }) => quota.service === service && quota.quota === name)?.allowed ?? null;

/** AWS would refuse, after minutes perhaps: what cannot be is not asked for. */
function isShort({ quotas }: Reading, code: string, needed: number): boolean {
  if (!quotas.ok) return false;
  const allowed = quotas.value.find(({ quota }) => quota.code === code)?.allowed ?? null;
  return allowed !== null && allowed < needed;
}

function judgeIngest({ ingest }: Reading): Item {
  return ask('ingest', 'the version deployed last, alone', ingest, (found) => ({
    found: `version ${found.version}${found.isSplit ? ', split' : ''}, deployed ${found.deployedVersion ?? 'unknown'}`,
    verdict: found.version === found.deployedVersion && !found.isSplit ? 'go' : 'no-go',
    todo: 'somebody moved the alias by hand: deploy the service stack again',
  }));
}

function judgeCompute(goal: Goal, reading: Reading): Item[] {
  const { ingest } = goal.stage;
  switch (ingest.kind) {
    case 'on-demand':
      return [];
    case 'managed-instances':
      return [
        ask('instances', 'a capacity provider, active', reading.instances, (state) => ({
          found: state ?? 'none',
          verdict: state === 'Active' ? 'go' : state === 'Pending' ? 'warming' : 'no-go',
          todo: 'see the capacity provider in the console, or deploy again',
        })),
      ];
    case 'provisioned-concurrency':
      return [
        judgeEnvironments(ingest.environments, reading),
        ask('spilled over', 'nothing in 15 min', reading.spillOver, (count) => ({
          found: String(count),
          verdict: count === 0 ? 'go' : 'no-go',
          todo: 'more came than is kept ready: find out who, and look again in 15 min',
        })),
      ];
  }
}

function judgeEnvironments(wanted: number, reading: Reading): Item {
  const isPossible = !isShort(reading, concurrencyCode, wanted);
  return ask('environments ready', `${wanted}, held there`, reading.environments, (found) => {
    const { provisioned, scaling } = found ?? { provisioned: null, scaling: null };
    const isHeld = scaling === null || (scaling.min >= wanted && scaling.max >= wanted);
    const isAsked = isHeld && provisioned !== null && provisioned.requested >= wanted;
    const status = provisioned?.status ?? 'NONE';
    const isReady = isAsked && status === 'READY' && provisioned.available >= wanted;
    const held = scaling === null ? '' : `, held at ${scaling.min} to ${scaling.max}`;
    const reason = provisioned?.reason ? ` (${provisioned.reason})` : '';
    return {
      found: `${provisioned?.available ?? 0} of ${provisioned?.requested ?? 0}, ${status}${reason}${held}`,
      verdict: isReady ? 'go' : isAsked && status === 'IN_PROGRESS' ? 'warming' : 'no-go',
      ...(isPossible ? { remedy: 'environments' } : { todo: 'have the quota raised first' }),
    };
  });
}

function judgeStream({ stage: { streamShards } }: Goal, { stream }: Reading): Item[] {
  return [
    ask('shards', `at least ${streamShards}`, stream, ({ openShards, status }) => ({
      found: `${openShards}, ${status}`,
      verdict:
        status === 'UPDATING'
          ? 'warming'
          : openShards >= streamShards && status === 'ACTIVE'
            ? 'go'
            : 'no-go',
      remedy: 'shards',
    })),
    ask('stream keeps', `${retentionHoursMin} h, encrypted`, stream, ({ retentionHours, isEncrypted }) => ({
      found: `${retentionHours} h, ${isEncrypted ? 'encrypted' : 'not encrypted'}`,
      verdict: retentionHours >= retentionHoursMin && isEncrypted ? 'go' : 'no-go',
      todo: 'deploy the data stack again: somebody changed the stream by hand',
    })),
  ];
}

function judgeLoadBalancer({ stage }: Goal, reading: Reading): Item[] {
  const units = stage.loadBalancerUnits;
  const calls = ask('load balancer calls', 'the live version of ingest', reading.loadBalancer, (found) => {
    const isRight = found.isHeard && found.targets.length === 1 && found.targets[0] === found.liveAlias;
    const targets = found.targets.join(', ') || 'nothing';
    return {
      found: `${targets}, ${found.isHeard ? '' : 'not for all that comes in, '}${found.state}`,
      verdict: found.state === 'active' && isRight ? 'go' : 'no-go',
      todo: 'deploy the service stack again',
    };
  });
  if (units === 0) return [calls];
  const isPossible = !isShort(reading, reservationCode, units);
  const reserved = ask('capacity reserved', `${units} LCU`, reading.reservation, (found): Judged => {
    const isAsked = found.units >= units && found.states.length > 0;
    const isReady = isAsked && found.states.every((state) => state === 'provisioned');
    // Rebalancing: on its way between zones.
    const isComing =
      isAsked && found.states.every((state) => ['provisioned', 'pending', 'rebalancing'].includes(state));
    const reason = found.reason === '' ? '' : ` (${found.reason})`;
    return {
      found: `${found.units} LCU, ${found.states.join(', ') || 'none'}${reason}`,
      verdict: isReady ? 'go' : isComing ? 'warming' : 'no-go',
      ...(isPossible ? { remedy: 'reservation' } : { todo: 'have the quota raised first' }),
    };
  });
  return [calls, reserved];
}

function judgeDatabase({ stage: { database: size } }: Goal, { database }: Reading): Item {
  const readers = size.kind === 'external' ? 0 : size.readers;
  const wanted = size.kind === 'external' ? 'somebody else’s' : `a writer, ${readers} to take over, 2 zones`;
  return ask('database', wanted, database, (found) => {
    if (found === null) {
      return { found: 'somebody else’s', verdict: size.kind === 'external' ? 'go' : 'no-go' };
    }
    const up = found.instances.filter(({ status }) => status === 'available');
    const writers = up.filter(({ isWriter }) => isWriter);
    const heirs = up.filter(({ takesOver }) => takesOver);
    const zones = new Set([...writers, ...heirs].map(({ zone }) => zone));
    const isUp = found.status === 'available' && writers.length === 1;
    const canTakeOver = heirs.length >= readers && zones.size >= Math.min(2, 1 + readers);
    return {
      found: `${found.status}, ${writers.length} writing, ${heirs.length} to take over, ${zones.size} zones`,
      verdict: isUp && canTakeOver ? 'go' : 'no-go',
      todo: 'see the runbook, database-failover',
    };
  });
}
