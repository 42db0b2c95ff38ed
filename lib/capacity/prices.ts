import { heard, read, valuesOf } from './figure.ts';

/**
 * List prices in us-east-1, USD, on 2026-11-23. AWS's price pages fill their tables in the browser, so
 * most are second-hand, compared over several sources. Check them with the calculator before you budget.
 */
export const priceFigures = {
  cloudFrontRequest: heard(1e-6, 'CloudFront pricing: $0.0100 per 10,000 HTTPS requests'),
  cloudFrontGbOut: read(0.085, 'CloudFront pricing: US, first 10 TB'),
  cloudFrontGbToOrigin: heard(0.02, 'CloudFront pricing: US, to origin'),
  wafRequest: heard(0.6e-6, 'WAF pricing: $0.60 per million'),
  botControlRequest: heard(1e-6, 'WAF pricing: Bot Control, common, $1.00 per million'),
  loadBalancerHour: heard(0.0225, 'Elastic Load Balancing pricing'),
  loadBalancerUnitHour: heard(0.008, 'Elastic Load Balancing pricing'),
  lambdaRequest: read(0.2e-6, 'Lambda pricing: $0.20 per million'),
  lambdaGbSecond: heard(0.0000133334, 'Lambda pricing: Arm'),
  provisionedGbSecond: heard(0.0000033334, 'Lambda pricing: Arm, provisioned concurrency kept ready'),
  provisionedRunningGbSecond: heard(0.0000077778, 'Lambda pricing: Arm, duration on provisioned concurrency'),
  managedVcpuHour: heard(0.03988, 'EC2 pricing: c8g.4xlarge $0.63808 an hour, 16 vCPUs'),
  managedFeeShare: heard(0.15, 'Lambda pricing: Managed Instances, on top of the EC2 on-demand price'),
  shardHour: heard(0.015, 'Kinesis Data Streams pricing'),
  shardHourRetained: heard(0.02, 'Kinesis Data Streams pricing: retention from 24 hours to 7 days'),
  putPayloadUnit: heard(0.014e-6, 'Kinesis Data Streams pricing: $0.014 per million units of 25 KB'),
  databaseVcpuHour: heard(0.138, 'Aurora pricing: r8g.16xlarge $8.832 an hour, 64 vCPUs'),
  databaseIoOptimizedFactor: heard(1.3, 'Aurora pricing: I/O-Optimized'),
  proxyVcpuHour: heard(0.015, 'RDS Proxy pricing: by the vCPUs of the instances behind it'),
  logGb: heard(0.5, 'CloudWatch pricing: logs, standard'),
  objectGet: heard(0.4e-6, 'S3 pricing: $0.0004 per 1,000 GETs'),
  trace: heard(5e-6, 'X-Ray pricing: $5.00 per million traces recorded'),
} as const;

export const prices = valuesOf(priceFigures);

/** Kinesis counts a record in units of so many bytes. */
export const payloadUnitBytes = 25_000;
