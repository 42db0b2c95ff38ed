import type { PipelineTemplate, Resource } from './template.ts';

/**
 * Properties whose change makes CloudFormation put another resource in a stateful one's place: "Update requires:
 * Replacement" in the CloudFormation reference of each type.
 */
const immutable: Readonly<Record<string, readonly string[]>> = {
  'AWS::Kinesis::Stream': ['Name'],
  'AWS::SQS::Queue': ['QueueName', 'FifoQueue'],
  'AWS::S3::Bucket': ['BucketName', 'ObjectLockEnabled'],
  'AWS::KMS::Key': ['KeySpec', 'KeyUsage', 'MultiRegion'],
  'AWS::RDS::DBCluster': [
    'DBClusterIdentifier',
    'DatabaseName',
    'DBSubnetGroupName',
    'EngineMode',
    'KmsKeyId',
    'MasterUsername',
    'SnapshotIdentifier',
    'SourceDBClusterIdentifier',
    'StorageEncrypted',
    'AvailabilityZones',
  ],
  'AWS::RDS::DBInstance': ['DBClusterIdentifier', 'DBInstanceIdentifier', 'Engine', 'KmsKeyId'],
  'AWS::RDS::DBSubnetGroup': ['DBSubnetGroupName'],
  'AWS::EC2::VPC': ['CidrBlock', 'InstanceTenancy'],
  'AWS::EC2::Subnet': ['CidrBlock', 'AvailabilityZone', 'VpcId'],
};

/** Everything of the data stack that must stay the very same, as one line each. */
export function identities(template: Pick<PipelineTemplate, 'resources'>): string[] {
  return template.resources
    .filter(({ stack, Type }) => stack === 'Data' && Object.hasOwn(immutable, Type))
    .map(identityOf)
    .toSorted();
}

function identityOf({ Type, id, Properties = {} }: Resource): string {
  const fixed = (immutable[Type] ?? [])
    .filter((name) => Properties[name] !== undefined)
    .map((name) => `${name}=${JSON.stringify(Properties[name])}`);
  return [Type, id, ...fixed].join(' ');
}
