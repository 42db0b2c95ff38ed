import type { Quantities } from '../capacity.ts';
import type { CapacityInput } from './input.ts';
import { prices } from './limits.ts';

export interface CostLine {
  readonly item: string;
  readonly peakHourUsd: number;
  readonly voteUsd: number;
}

/** What is kept ready is paid for from so long before the opening. */
const warmUpMinutes = 30;
const putPayloadUnitBytes = 25_000;

/** Line by line, unrounded; logs, metrics and data at rest are not in it: dollars beside hundreds. */
export function costOf(input: CapacityInput, plan: Quantities): CostLine[] {
  const peakHourVotes = Math.min(input.votes, input.votesPerSecond * 3600);
  const voteHours = (plan.drainMinutes + warmUpMinutes) / 60;
  const perVote = (item: string, usd: number): CostLine => ({
    item,
    peakHourUsd: usd * peakHourVotes,
    voteUsd: usd * input.votes,
  });
  const perHour = (item: string, usd: number): CostLine => ({
    item,
    peakHourUsd: usd,
    voteUsd: usd * voteHours,
  });
  const ingestGb = input.ingestMemoryMb / 1024;
  const units = Math.ceil(input.recordBytes / putPayloadUnitBytes);
  return [
    perVote('CloudFront: requests', prices.cloudFrontRequest),
    perVote('CloudFront: bytes out', prices.cloudFrontByteOut * input.responseBytes),
    perVote('WAF: requests', prices.wafRequest),
    perVote('WAF: bot control', prices.wafBotRequest),
    perHour('Load balancer', prices.loadBalancerHour + plan.lcu * prices.lcuHour),
    perVote('Ingest: requests', prices.lambdaRequest),
    perVote('Ingest: running', ingestGb * (plan.requestMs / 1000) * prices.lambdaProvisionedRunningGbSecond),
    perHour(
      'Ingest: kept ready',
      plan.provisionedConcurrency * ingestGb * 3600 * prices.lambdaProvisionedGbSecond,
    ),
    perHour('Stream: shards, kept seven days', plan.shards * (prices.shardHour + prices.shardRetentionHour)),
    perVote('Stream: puts', units * prices.putPayloadUnit),
    writerCost(input, plan),
    perHour('Aurora', input.databaseInstances * prices.auroraInstanceHour),
    perHour('RDS Proxy', input.databaseInstances * input.databaseVcpus * prices.proxyVcpuHour),
  ];
}

/** Every shard's invocation is busy, or waits for the database, until the last vote is recorded. */
function writerCost({ writerMemoryMb }: CapacityInput, plan: Quantities): CostLine {
  const usdPerMinute = plan.writerConcurrency * (writerMemoryMb / 1024) * 60 * prices.lambdaGbSecond;
  return {
    item: 'Writer',
    peakHourUsd: usdPerMinute * Math.min(60, plan.drainMinutes),
    voteUsd: usdPerMinute * plan.drainMinutes,
  };
}
