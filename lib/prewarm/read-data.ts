import { DescribeStreamSummaryCommand } from '@aws-sdk/client-kinesis';
import { DescribeDBClustersCommand, DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { Clients } from './clients.ts';
import type { Deployed } from './find-deployed.ts';
import type { DatabaseReading, StreamReading } from './reading.ts';

/** Aurora's lowest promotion tier, the analysts' (`lib/constructs/database-instances.ts`). */
const lastToTakeOver = 15;

export async function readStream({ kinesis }: Clients, { stream }: Deployed): Promise<StreamReading> {
  const { StreamDescriptionSummary: found } = await kinesis.send(
    new DescribeStreamSummaryCommand({ StreamName: stream }),
  );
  return {
    status: found?.StreamStatus ?? 'unknown',
    openShards: found?.OpenShardCount ?? 0,
    retentionHours: found?.RetentionPeriodHours ?? 0,
    isEncrypted: found?.EncryptionType === 'KMS',
  };
}

export async function readDeadLetters({ sqs }: Clients, { deadLetters }: Deployed): Promise<number> {
  const AttributeNames = [
    'ApproximateNumberOfMessages' as const,
    'ApproximateNumberOfMessagesNotVisible' as const,
  ];
  const command = new GetQueueAttributesCommand({ QueueUrl: deadLetters, AttributeNames });
  const { Attributes = {} } = await sqs.send(command);
  return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name] ?? Number.NaN), 0);
}

export async function readDatabase({ rds }: Clients, { cluster }: Deployed): Promise<DatabaseReading | null> {
  if (cluster === null) return null;
  const [clusters, instances] = await Promise.all([
    rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: cluster })),
    rds.send(new DescribeDBInstancesCommand({ Filters: [{ Name: 'db-cluster-id', Values: [cluster] }] })),
  ]);
  const [found] = clusters.DBClusters ?? [];
  const writers = (found?.DBClusterMembers ?? []).filter(({ IsClusterWriter }) => IsClusterWriter === true);
  const writerIds = new Set(writers.map(({ DBInstanceIdentifier }) => DBInstanceIdentifier));
  return {
    status: found?.Status ?? 'unknown',
    instances: (instances.DBInstances ?? []).map((instance) => ({
      id: instance.DBInstanceIdentifier ?? '',
      isWriter: writerIds.has(instance.DBInstanceIdentifier),
      takesOver:
        !writerIds.has(instance.DBInstanceIdentifier) &&
        (instance.PromotionTier ?? lastToTakeOver) < lastToTakeOver,
      status: instance.DBInstanceStatus ?? 'unknown',
      zone: instance.AvailabilityZone ?? '',
    })),
  };
}
