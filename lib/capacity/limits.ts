/**
 * What AWS allows. S: read in AWS's documentation, or in the types of its SDK or CDK. M: second-hand.
 * Gathered 2026-11-23; a quota that can be raised says so in `quotas.ts`.
 */
export const limits = {
  /** Requests a second that one standard environment serves synchronously: also the 10 × rule. S (Lambda, "Understanding function scaling") */
  lambdaRequestsPerEnvironmentPerSecond: 10,
  /** Memory at which an environment has one vCPU; below it, a share. S (Lambda, "Configure function memory") */
  lambdaMemoryMbPerVcpu: 1_769,
  /** Payload of one invocation; the event source closes a batch before it is larger. S (Lambda, "Quotas") */
  lambdaPayloadBytesMax: 6_000_000,
  /** Concurrent executions of an account. S */
  lambdaConcurrencyDefault: 1_000,
  /** Provisioned environments allocated a minute; none serves until all are there. M */
  lambdaProvisionedPerMinute: 6_000,
  /** Concurrent requests a vCPU of a managed instance, for Node. S (Lambda, "Managed Instances") */
  managedRequestsPerVcpu: 64,
  /** S (CloudFront, "Quotas") */
  cloudFrontRequestsPerSecondDefault: 250_000,
  /** S (WAF, "Quotas"); one load test saw 403s from about 190,000. M */
  wafRequestsPerSecondDefault: 100_000,
  /** Reserved load balancer capacity units of one load balancer, and of a region. S (ELB, "Quotas") */
  lcuPerLoadBalancerMax: 15_000,
  lcuPerRegionDefault: 0,
  /** What one LCU takes: new connections a second, active connections, rule evaluations a second. S (ELB, "Pricing") */
  lcuNewConnectionsPerSecond: 25,
  lcuActiveConnections: 3_000,
  lcuRuleEvaluationsPerSecond: 1_000,
  /** Rules of every request that are not counted. S */
  lcuRulesFree: 10,
  /** Of requests and answers, where the target is a function (1 GB otherwise). S */
  lcuLambdaBytesPerHour: 0.4e9,
  /** S (Kinesis, "Quotas") */
  shardRecordsPerSecond: 1_000,
  shardBytesPerSecond: 1_000_000,
  /** Of an account in us-east-1. S */
  shardsDefault: 20_000,
  /** What the stream is set to keep; Kinesis keeps 365 days at most. S */
  streamRetentionHours: 168,
  /** GETs a second of one prefix that S3 takes without scaling first. S (S3, "Best practices design patterns") */
  s3GetsPerPrefixPerSecond: 5_500,
  /** `max_connections` of Aurora PostgreSQL: memory / 9,531,392, this at most. S (Aurora, "Quotas and constraints") */
  auroraConnectionsMax: 5_000,
} as const;

/**
 * List prices in us-east-1, USD, before discounts and taxes. M: as compared on 2026-11-23 by people who had
 * AWS's pages open; the AWS calculator has the last word.
 */
export const prices = {
  cloudFrontRequest: 1.0e-6,
  cloudFrontByteOut: 0.085e-9,
  wafRequest: 0.6e-6,
  /** Bot control, common level. */
  wafBotRequest: 1.0e-6,
  loadBalancerHour: 0.0225,
  lcuHour: 0.008,
  lambdaRequest: 0.2e-6,
  /** Arm: on demand; kept ready; running where it is kept ready. */
  lambdaGbSecond: 13.3334e-6,
  lambdaProvisionedGbSecond: 3.3334e-6,
  lambdaProvisionedRunningGbSecond: 7.7778e-6,
  /** A vCPU hour of c8g, with Lambda's 15 % for managing it. G */
  managedVcpuHour: 0.0459,
  shardHour: 0.015,
  /** For keeping more than a day, up to seven. */
  shardRetentionHour: 0.02,
  /** Of 25 KB. */
  putPayloadUnit: 0.014e-6,
  /** db.r8g.16xlarge, I/O-optimised: three for about 35 an hour. G */
  auroraInstanceHour: 11.67,
  /** A vCPU hour of every instance behind the proxy. */
  proxyVcpuHour: 0.015,
} as const;
