import type { PlanParts } from './cost.ts';
import { ceil } from './ingest.ts';
import type { CapacityInput } from './input.ts';
import { limits } from './limits.ts';

/** A service quota, what it is by default and what the plan needs of it. */
export interface Quota {
  readonly service: string;
  readonly quota: string;
  /** The service's code in Service Quotas. */
  readonly serviceCode: string;
  /** The quota's own; null where we found none: see the console, or open a support case. */
  readonly code: string | null;
  readonly default: number;
  readonly needed: number;
  readonly source: string;
}

/** Results, maintenance and whatever else the account runs. */
const otherConcurrency = 1_000;
const roundTo = 1_000;

/** Every quota that the plan touches, whether or not it has to be raised. Pure. */
export function quotasOf(input: CapacityInput, { ingest, loadBalancer, stream, writer }: PlanParts): Quota[] {
  const requestsPerSecond = ceil(input.votesPerSecond * (1 + input.headroom));
  const functionsAtOnce =
    ingest.provisionedConcurrency + writer.writerConcurrency + writer.overflowConcurrency + otherConcurrency;
  return [
    {
      service: 'Lambda',
      serviceCode: 'lambda',
      quota: 'Concurrent executions',
      code: 'L-B99A9384',
      default: limits.lambdaConcurrencyDefault,
      needed: ceil((functionsAtOnce + limits.lambdaUnreservedMin) / roundTo) * roundTo,
      source: 'Lambda quotas (S); code: quota list in gruntwork-io/terraform-aws-utilities (M)',
    },
    ...managedQuotas(input, ingest.vcpusMax),
    {
      service: 'Elastic Load Balancing',
      serviceCode: 'elasticloadbalancing',
      quota: 'Reserved Application Load Balancer Capacity Units per Region',
      code: 'L-8A66D0E6',
      default: limits.loadBalancerUnitsRegionDefault,
      needed: loadBalancer.lcu,
      source: 'ALB quotas, with the code (S)',
    },
    {
      service: 'Elastic Load Balancing',
      serviceCode: 'elasticloadbalancing',
      quota: 'Reserved Application Load Balancer Capacity Units per Application Load Balancer',
      code: null,
      default: limits.loadBalancerUnitsMax,
      needed: loadBalancer.lcu,
      source: 'ALB quotas (S)',
    },
    {
      service: 'CloudFront',
      serviceCode: 'cloudfront',
      quota: 'Requests per second per distribution',
      code: null,
      default: limits.cloudFrontRequestsPerSecondDefault,
      needed: requestsPerSecond,
      source: 'CloudFront quotas (S)',
    },
    {
      service: 'CloudFront',
      serviceCode: 'cloudfront',
      quota: 'Data transfer rate per distribution, bits per second',
      code: null,
      default: limits.cloudFrontBitsPerSecondDefault,
      needed: requestsPerSecond * (input.requestBytes + input.responseBytes) * 8,
      source: 'CloudFront quotas (S)',
    },
    {
      service: 'WAF',
      serviceCode: 'wafv2',
      quota: 'Requests per second per web ACL',
      // L-A85235F6 is for regional web ACLs only, and ours is CloudFront's.
      code: null,
      default: limits.wafRequestsPerSecondDefault,
      needed: requestsPerSecond,
      source: 'WAF quotas (S), which also say that on CloudFront its own quota counts: ask for both',
    },
    {
      service: 'Kinesis',
      serviceCode: 'kinesis',
      quota: 'Shards per Region',
      code: 'L-0918CF54',
      default: limits.shardsDefault,
      needed: stream.shards,
      source: 'Kinesis quotas (S); code: quota list in gruntwork-io/terraform-aws-utilities (M)',
    },
  ];
}

function managedQuotas({ compute }: CapacityInput, vcpus: number): Quota[] {
  if (compute !== 'managed') return [];
  return [
    {
      service: 'EC2',
      serviceCode: 'ec2',
      quota: 'Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances, vCPUs',
      code: 'L-1216C47A',
      default: limits.ec2VcpusDefault,
      needed: vcpus,
      source: 'EC2 instance quotas (M); code: quota list in gruntwork-io/terraform-aws-utilities (M)',
    },
    {
      service: 'Lambda Managed Instances',
      serviceCode: 'lambda',
      quota: 'vCPUs per capacity provider',
      code: null,
      default: limits.managedVcpusMax,
      needed: vcpus,
      source: 'Lambda Managed Instances quotas (S)',
    },
  ];
}

/** The command that asks for it, where its code is known. */
export const requestCommand = ({ serviceCode, code, needed }: Quota): string | null =>
  code === null
    ? null
    : `aws service-quotas request-service-quota-increase --service-code ${serviceCode} --quota-code ${code} --desired-value ${needed}`;
