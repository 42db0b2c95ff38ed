import { type CostLine, costOf } from './capacity/cost.ts';
import { type CapacityInput, checkInput, defaultInput, defaults } from './capacity/input.ts';
import { limits } from './capacity/limits.ts';
import { type QuotaIncrease, quotaIncreasesFor } from './capacity/quotas.ts';

/** Every quantity of a stage that carries a peak. */
export interface CapacityPlan extends Quantities {
  readonly input: CapacityInput;
  readonly costs: readonly CostLine[];
  /** An hour at the peak, or as much of one as it takes everybody to vote. */
  readonly costPeakHourUsd: number;
  /** From warming up until the last vote is recorded. */
  readonly costVoteUsd: number;
  readonly quotaIncreases: readonly QuotaIncrease[];
  /** What stands on a guess, or is near a limit: to be looked at by a person. */
  readonly warnings: readonly string[];
}

/** Which rule decides how many environments ingest needs. */
export type BindingRule = 'littles-law' | 'ten-times-rule';
export type LcuDimension = 'new-connections' | 'active-connections' | 'bytes' | 'rule-evaluations';

export interface Quantities {
  readonly provisionedConcurrency: number;
  /** How long a vote holds its environment. */
  readonly requestMs: number;
  /** Requests a second × seconds each (Little, 1961). */
  readonly concurrencyByLittlesLaw: number;
  /** Requests a second ÷ the 10 that one environment serves. */
  readonly concurrencyByTenTimesRule: number;
  readonly bindingRule: BindingRule;
  readonly provisioningMinutes: number;
  /** What ingest would take on managed instances, kept at the peak's size: they shed load that doubles in five minutes. */
  readonly managedVcpus: number;
  readonly shards: number;
  readonly shardsAtLimit: number;
  readonly lcu: number;
  readonly lcuBindingDimension: LcuDimension;
  readonly lcuByDimension: Readonly<Record<LcuDimension, number>>;
  readonly loadBalancers: number;
  readonly wafRequestsPerSecond: number;
  readonly cloudFrontRequestsPerSecond: number;
  /** Invocations at once: one a shard and batch in flight. */
  readonly writerConcurrency: number;
  /** One an invocation, through the proxy. */
  readonly databaseConnections: number;
  /** If all vote at the peak's rate, one after the other. */
  readonly peakMinutes: number;
  /** Votes accepted and not yet recorded, at most. */
  readonly backlogVotesMax: number;
  /** From the first vote until the last is recorded. */
  readonly drainMinutes: number;
  /** Environments that ask the object store whether a definition changed must not ask more often. */
  readonly definitionRefreshSecondsMin: number;
}

/** Batches of one shard in flight at once: more would not make the database faster. */
const batchesPerShard = 1;
/** Concurrent connections that CloudFront holds for each request under way. G */
const connectionsPerRequest = 4;
/** Of a record beside its data: a voter key as text. */
const partitionKeyBytes = 36;
/** The listener's rules: two for results, one for passes, the default. */
const listenerRules = 4;

/**
 * From a peak rate and a few measured costs to every quantity, quota increase and dollar. Pure.
 *
 * @param changes to `defaultInput`
 * @throws CapacityError for what cannot be planned for
 */
export function planCapacity(changes: Partial<CapacityInput> = {}): CapacityPlan {
  const input = { ...defaultInput, ...changes };
  checkInput(input);
  const ingest = planIngest(input);
  const withHeadroom = roundUp(input.votesPerSecond * (1 + input.headroom));
  const shards = planShards(input);
  const quantities: Quantities = {
    ...ingest,
    ...shards,
    ...planLoadBalancer(input, ingest.requestMs),
    wafRequestsPerSecond: withHeadroom,
    cloudFrontRequestsPerSecond: withHeadroom,
    writerConcurrency: shards.shards * batchesPerShard,
    databaseConnections: shards.shards * batchesPerShard,
    ...planBacklog(input),
    definitionRefreshSecondsMin: ingest.provisionedConcurrency / limits.s3GetsPerPrefixPerSecond,
  };
  const costs = costOf(input, quantities);
  const sum = (pick: (line: CostLine) => number) =>
    toCents(costs.reduce((total, line) => total + pick(line), 0));
  return {
    input,
    ...quantities,
    costs,
    costPeakHourUsd: sum((line) => line.peakHourUsd),
    costVoteUsd: sum((line) => line.voteUsd),
    quotaIncreases: quotaIncreasesFor(quantities),
    warnings: warningsFor(input, quantities),
  };
}

/** Up to a whole one, but 27,500.000000000004 is 27,500. */
const roundUp = (quantity: number): number => Math.ceil(quantity - 1e-6);

const toCents = (dollars: number): number => Math.round(dollars * 100) / 100;

function planIngest(input: CapacityInput) {
  const { votesPerSecond, headroom, putMs, cpuMicrosecondsPerVote, ingestMemoryMb } = input;
  // An environment has the share of a vCPU that its memory buys.
  const cpuMs = (cpuMicrosecondsPerVote / 1000) * Math.max(1, limits.lambdaMemoryMbPerVcpu / ingestMemoryMb);
  const requestMs = putMs + cpuMs;
  const byLittle = Math.ceil((votesPerSecond * requestMs) / 1000);
  const byTen = Math.ceil(votesPerSecond / limits.lambdaRequestsPerEnvironmentPerSecond);
  const provisionedConcurrency = roundUp(Math.max(byLittle, byTen) * (1 + headroom));
  const vcpus = Math.max(
    (votesPerSecond * cpuMicrosecondsPerVote) / 1e6 / 0.5,
    byLittle / limits.managedRequestsPerVcpu,
  );
  const bindingRule: BindingRule = byLittle > byTen ? 'littles-law' : 'ten-times-rule';
  return {
    provisionedConcurrency,
    requestMs,
    concurrencyByLittlesLaw: byLittle,
    concurrencyByTenTimesRule: byTen,
    bindingRule,
    provisioningMinutes: Math.ceil(provisionedConcurrency / limits.lambdaProvisionedPerMinute),
    managedVcpus: roundUp(vcpus * (1 + headroom)),
  };
}

function planShards({ votesPerSecond, recordBytes, shardLoad }: CapacityInput) {
  const shardsAtLimit = Math.max(
    votesPerSecond / limits.shardRecordsPerSecond,
    (votesPerSecond * (recordBytes + partitionKeyBytes)) / limits.shardBytesPerSecond,
  );
  return { shards: roundUp(shardsAtLimit / shardLoad), shardsAtLimit: roundUp(shardsAtLimit) };
}

function planLoadBalancer(input: CapacityInput, requestMs: number) {
  const { votesPerSecond, requestBytes, responseBytes, newConnectionShare, headroom } = input;
  const underWay = (votesPerSecond * requestMs) / 1000;
  const lcuByDimension: Record<LcuDimension, number> = {
    'new-connections': (votesPerSecond * newConnectionShare) / limits.lcuNewConnectionsPerSecond,
    'active-connections': (underWay * connectionsPerRequest) / limits.lcuActiveConnections,
    bytes: (votesPerSecond * (requestBytes + responseBytes) * 3600) / limits.lcuLambdaBytesPerHour,
    'rule-evaluations':
      (votesPerSecond * Math.max(0, listenerRules - limits.lcuRulesFree)) /
      limits.lcuRuleEvaluationsPerSecond,
  };
  let lcuBindingDimension: LcuDimension = 'bytes';
  for (const name of Object.keys(lcuByDimension) as LcuDimension[]) {
    if (lcuByDimension[name] > lcuByDimension[lcuBindingDimension]) lcuBindingDimension = name;
  }
  const lcu = roundUp(lcuByDimension[lcuBindingDimension] * (1 + headroom));
  return {
    lcu,
    lcuBindingDimension,
    lcuByDimension,
    loadBalancers: Math.ceil(lcu / limits.lcuPerLoadBalancerMax),
  };
}

/** The stream is the buffer: what comes faster than the database records waits there. */
function planBacklog({ votesPerSecond, votes, rowsPerSecond }: CapacityInput) {
  const peakSeconds = votes / votesPerSecond;
  return {
    peakMinutes: peakSeconds / 60,
    backlogVotesMax: Math.max(0, Math.ceil(votes - rowsPerSecond * peakSeconds)),
    drainMinutes: Math.max(peakSeconds, votes / rowsPerSecond) / 60,
  };
}

function warningsFor(input: CapacityInput, plan: Quantities): string[] {
  const guessed = Object.entries(defaults)
    .filter(
      ([name, { provenance, value }]) =>
        provenance === 'estimate' && input[name as keyof CapacityInput] === value,
    )
    .map(([name, { source }]) => `${name} is an estimate, to be measured before election day: ${source}`);
  const warnings = [...guessed];
  const retentionMinutes = limits.streamRetentionHours * 60;
  if (plan.drainMinutes > retentionMinutes / 2) {
    warnings.push(
      `draining takes ${Math.round(plan.drainMinutes / 60)} h of the ${limits.streamRetentionHours} h that the stream keeps a vote: votes would be in danger`,
    );
  }
  if (plan.loadBalancers > 1) {
    warnings.push(
      `${plan.lcu} LCU are more than one load balancer has: the stack has one, so several stacks are needed`,
    );
  }
  if (plan.databaseConnections > limits.auroraConnectionsMax) {
    warnings.push(
      `${plan.databaseConnections} connections are more than Aurora's ${limits.auroraConnectionsMax}: the proxy has to share them`,
    );
  }
  return warnings;
}
