import type { Quantities } from '../capacity.ts';
import { limits } from './limits.ts';

/** A service quota to have raised, weeks ahead: AWS looks at each. */
export interface QuotaIncrease {
  readonly quota: string;
  /** What Service Quotas calls it; null: not found there, ask support. */
  readonly code: string | null;
  readonly default: number;
  readonly needed: number;
}

/** Room for the writer's, readers' and the alarm functions' executions beside ingest's. */
const otherExecutions = 1_000;

export function quotaIncreasesFor(plan: Quantities): QuotaIncrease[] {
  const all: QuotaIncrease[] = [
    {
      quota: 'Lambda: concurrent executions (of the account, in the region)',
      // AWS, Lambda Developer Guide, "Quotas": L-B99A9384.
      code: 'L-B99A9384',
      default: limits.lambdaConcurrencyDefault,
      needed: plan.provisionedConcurrency + plan.writerConcurrency + otherExecutions,
    },
    {
      quota: 'Elastic Load Balancing: reserved application load balancer capacity units (of the region)',
      code: null,
      default: limits.lcuPerRegionDefault,
      needed: plan.lcu,
    },
    {
      quota: 'CloudFront: requests per second per distribution',
      code: null,
      default: limits.cloudFrontRequestsPerSecondDefault,
      needed: plan.cloudFrontRequestsPerSecond,
    },
    {
      quota: 'WAF: requests per second per web ACL',
      code: null,
      default: limits.wafRequestsPerSecondDefault,
      needed: plan.wafRequestsPerSecond,
    },
    {
      quota: 'Kinesis: shards (of the account, in the region)',
      code: null,
      default: limits.shardsDefault,
      needed: plan.shards,
    },
  ];
  return all.filter((one) => one.needed > one.default);
}
