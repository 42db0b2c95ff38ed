import type { IngestPlan } from './ingest.ts';
import type { CapacityInput } from './input.ts';
import { limits } from './limits.ts';
import type { LoadBalancerPlan } from './load-balancer.ts';
import { payloadUnitBytes, prices } from './prices.ts';
import type { BacklogPlan, StreamPlan, WriterPlan } from './recording.ts';

/** What a cost is worked out from: the parts of a plan. */
export interface PlanParts {
  readonly ingest: IngestPlan;
  readonly loadBalancer: LoadBalancerPlan;
  readonly stream: StreamPlan;
  readonly writer: WriterPlan;
  readonly backlog: BacklogPlan;
}

export interface CostLine {
  readonly item: string;
  readonly peakHourUsd: number;
  /** All votes, with the polls open for `openHours`. */
  readonly voteUsd: number;
}

export interface CostPlan {
  readonly lines: readonly CostLine[];
  readonly costPeakHourUsd: number;
  readonly costVoteUsd: number;
  /** How long capacity for accepting is kept, and how long stream and database are. */
  readonly readyHours: number;
  readonly recordingHours: number;
}

/** What a line costs for each vote and for each hour it is kept. */
interface Rate {
  readonly item: string;
  readonly perVote?: number;
  readonly perReadyHour?: number;
  readonly perRecordingHour?: number;
}

/** List prices, without free tiers and discounts. Each line is rounded to cents, and the totals are their sums. Pure. */
export function planCost(input: CapacityInput, parts: PlanParts): CostPlan {
  const { backlog, ingest } = parts;
  const allocationHours = ingest.allocationMinutes / 60;
  const readyHours = Math.max(input.openHours, backlog.peakMinutes / 60) + allocationHours;
  const recordingHours = Math.max(readyHours, backlog.drainMinutes / 60 + allocationHours);
  const votesInPeakHour = Math.min(input.votes, input.votesPerSecond * 3_600);
  const lines = [...edgeRates(input), ...ingestRates(input, parts), ...recordingRates(input, parts)].map(
    ({ item, perVote = 0, perReadyHour = 0, perRecordingHour = 0 }) => ({
      item,
      peakHourUsd: cents(perVote * votesInPeakHour + perReadyHour + perRecordingHour),
      voteUsd: cents(perVote * input.votes + perReadyHour * readyHours + perRecordingHour * recordingHours),
    }),
  );
  return {
    lines,
    costPeakHourUsd: cents(sum(lines.map((line) => line.peakHourUsd))),
    costVoteUsd: cents(sum(lines.map((line) => line.voteUsd))),
    readyHours,
    recordingHours,
  };
}

const gb = 1e9;

function edgeRates({ requestBytes, responseBytes }: CapacityInput): Rate[] {
  return [
    { item: 'CloudFront requests', perVote: prices.cloudFrontRequest },
    {
      item: 'CloudFront data, out and to the origin',
      perVote: (responseBytes * prices.cloudFrontGbOut + requestBytes * prices.cloudFrontGbToOrigin) / gb,
    },
    { item: 'WAF requests', perVote: prices.wafRequest },
    { item: 'WAF Bot Control', perVote: prices.botControlRequest },
  ];
}

function ingestRates(input: CapacityInput, { ingest, loadBalancer }: PlanParts): Rate[] {
  const balancer = {
    item: 'Load balancer, capacity reserved',
    perReadyHour:
      loadBalancer.lcu * prices.loadBalancerUnitHour + loadBalancer.loadBalancers * prices.loadBalancerHour,
  };
  const definitions = {
    item: 'S3, looking for definitions (at most)',
    perReadyHour: ingest.definitionGetsPerSecond * 3_600 * prices.objectGet,
  };
  const traces = { item: 'X-Ray traces', perVote: limits.traceShare * prices.trace };
  const requests = { item: 'Lambda requests, ingest', perVote: prices.lambdaRequest };
  if (input.compute === 'managed') {
    const vcpuHour = prices.managedVcpuHour * (1 + prices.managedFeeShare);
    const instances = { item: 'Managed Instances, ingest', perReadyHour: ingest.vcpusMin * vcpuHour };
    return [balancer, requests, instances, definitions, traces];
  }
  const environmentGb = input.lambdaMemoryMb / 1_024;
  return [
    balancer,
    requests,
    {
      item: 'Lambda environments kept ready, ingest',
      perReadyHour: ingest.provisionedConcurrency * environmentGb * 3_600 * prices.provisionedGbSecond,
    },
    {
      item: 'Lambda duration, ingest',
      perVote: environmentGb * (ingest.heldMs / 1_000) * prices.provisionedRunningGbSecond,
    },
    { item: 'CloudWatch logs, ingest', perVote: (limits.logBytesPerInvocation / gb) * prices.logGb },
    definitions,
    traces,
  ];
}

/** lib/stacks/service-stack.ts. */
const writerGb = 1;

function recordingRates(input: CapacityInput, { stream, writer, backlog }: PlanParts): Rate[] {
  const databaseVcpus = input.databaseVcpus * input.databaseInstances;
  const rollVcpus = input.rollVcpus * input.rollInstances;
  // Every lane is busy for as long as there is a backlog; otherwise for its batches only.
  const secondsPerVote =
    backlog.backlogVotesMax > 0
      ? writer.writerConcurrency / backlog.recordsPerSecond
      : input.batchMs /
        1_000 /
        Math.min(writer.batchRecordsMax, Math.max(1, input.votesPerSecond / stream.shards));
  return [
    {
      item: 'Kinesis shards, kept for 7 days',
      perRecordingHour: stream.shards * (prices.shardHour + prices.shardHourRetained),
    },
    {
      item: 'Kinesis records',
      perVote: Math.ceil(input.recordBytes / payloadUnitBytes) * prices.putPayloadUnit,
    },
    { item: 'Lambda duration, writer', perVote: secondsPerVote * writerGb * prices.lambdaGbSecond },
    {
      item: 'Aurora instances',
      perRecordingHour: databaseVcpus * prices.databaseVcpuHour * prices.databaseIoOptimizedFactor,
    },
    { item: 'RDS Proxy', perRecordingHour: databaseVcpus * prices.proxyVcpuHour },
    {
      item: 'Voter roll: Aurora and RDS Proxy',
      perRecordingHour:
        rollVcpus * (prices.databaseVcpuHour * prices.databaseIoOptimizedFactor + prices.proxyVcpuHour),
    },
  ];
}

const cents = (dollars: number): number => Math.round(dollars * 100) / 100;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
