import { chosen, estimated, heard, read, valuesOf } from './figure.ts';

/** What AWS allows, gathered on 2026-11-23. A default can be raised; what is called `Max` cannot, or not by much. */
export const limitFigures = {
  lambdaRequestsPerEnvironmentPerSecond: read(
    10,
    'Lambda quotas: synchronous invocations; 10 × provisioned concurrency',
  ),
  lambdaConcurrencyDefault: read(1_000, 'Lambda quotas: concurrent executions'),
  lambdaUnreservedMin: heard(
    100,
    'Lambda, "Configuring reserved concurrency": stays for functions without any',
  ),
  lambdaProvisionedPerMinute: heard(6_000, 'Lambda, "Configuring provisioned concurrency", quoted by others'),
  lambdaMemoryMbPerVcpu: read(1_769, 'Lambda, "Configuring memory": the equivalent of one vCPU'),
  lambdaEventBytesMax: read(6_000_000, 'Lambda quotas: synchronous payload, 6 MB'),
  managedConcurrencyPerVcpu: read(64, 'Lambda Managed Instances, Node.js runtime: default'),
  managedVcpusMax: read(15_000, 'Lambda Managed Instances quotas: vCPUs per capacity provider'),
  managedInstancesMin: read(3, 'Lambda Managed Instances, "Scaling": three for the zones'),
  /** It sheds when traffic more than doubles within five minutes, so it has to stand at half load. */
  managedGrowthMax: read(2, 'Lambda Managed Instances, "Scaling": more than doubles in 5 minutes'),
  ec2VcpusDefault: heard(5, 'EC2, "Instance quotas": running on-demand standard instances, new account'),
  eventRecordsMax: read(10_000, 'Lambda API, EventSourceMappingConfiguration: BatchSize'),
  batchesPerShardMax: read(10, 'Lambda, "Kinesis parameters": ParallelizationFactor'),
  queueConcurrencyMin: read(2, 'Lambda API, ScalingConfig: MaximumConcurrency'),
  queueConcurrencyMax: read(1_000, 'Lambda API, ScalingConfig: MaximumConcurrency'),
  cloudFrontRequestsPerSecondDefault: read(
    250_000,
    'CloudFront quotas: requests per second per distribution',
  ),
  cloudFrontBitsPerSecondDefault: read(150e9, 'CloudFront quotas: data transfer rate per distribution'),
  wafRequestsPerSecondDefault: read(100_000, 'WAF quotas: requests per second per web ACL'),
  loadBalancerUnitsRegionDefault: read(0, 'ALB quotas: reserved LCU per Region'),
  loadBalancerUnitsMax: read(15_000, 'ALB quotas: reserved LCUs per load balancer'),
  unitNewConnectionsPerSecond: heard(25, 'Elastic Load Balancing pricing, quoted by others'),
  unitActiveConnections: heard(3_000, 'Elastic Load Balancing pricing, quoted by others'),
  /** 1 GB to servers, 0.4 GB to functions. */
  unitLambdaBytesPerHour: heard(0.4e9, 'Elastic Load Balancing pricing, quoted by others'),
  unitRuleEvaluationsPerSecond: heard(1_000, 'Elastic Load Balancing pricing, quoted by others'),
  rulesFree: heard(10, 'Elastic Load Balancing pricing, quoted by others'),
  /** CloudFront's to an origin; a connection that nobody uses is closed after it. */
  originKeepAliveSeconds: chosen(60, 'lib/constructs/front.ts; CloudFront takes up to 300 by default'),
  shardRecordsPerSecond: read(1_000, 'Kinesis quotas'),
  shardBytesPerSecond: read(1_000_000, 'Kinesis quotas: 1 MB/s, the partition key included'),
  shardsDefault: read(20_000, 'Kinesis quotas: us-east-1'),
  retentionHours: chosen(168, 'lib/constructs/vote-stream.ts; Kinesis quotas allow 8,760'),
  databaseBytesPerConnection: read(9_531_392, 'Aurora PostgreSQL, "Maximum connections"'),
  databaseConnectionsMax: read(5_000, 'Aurora PostgreSQL, "Maximum connections"'),
  objectGetsPerSecond: heard(5_500, 'S3, "Best practices design patterns": GETs of one prefix'),
  definitionFreshSeconds: chosen(6, 'functions/adapters/definitions.ts, freshMs'),
  /** The writer's own `statement_timeout`, in the migrations. */
  writerStatementSecondsMax: chosen(20, 'drizzle/, statement_timeout of the role writer'),
  traceShare: read(0.05, 'Lambda, "X-Ray": one request a second and 5 % of the rest'),
  logBytesPerInvocation: estimated(400, "Lambda's START, END and REPORT lines"),
} as const;

export const limits = valuesOf(limitFigures);
