import { describe, expect, it } from 'vitest';
import { awsStages, stages } from '../../lib/stages.ts';
import { identities } from '../support/stateful.ts';
import { synthesise } from '../support/template.ts';

/**
 * What holds votes and voters once it is deployed, by the names CloudFormation knows it by, with the properties that it
 * cannot change in place. A line that differs is a stream, a queue or a database put in place of one that is full.
 */
const everywhere = [
  'AWS::EC2::Subnet NetworkVpcisolatedSubnet1Subnet188D06DD AvailabilityZone="us-east-1a" CidrBlock="10.40.0.0/20" VpcId={"Ref":"NetworkVpc7FB7348F"}',
  'AWS::EC2::Subnet NetworkVpcisolatedSubnet2Subnet811E27B8 AvailabilityZone="us-east-1b" CidrBlock="10.40.16.0/20" VpcId={"Ref":"NetworkVpc7FB7348F"}',
  'AWS::EC2::Subnet NetworkVpcisolatedSubnet3Subnet8C51A120 AvailabilityZone="us-east-1c" CidrBlock="10.40.32.0/20" VpcId={"Ref":"NetworkVpc7FB7348F"}',
  'AWS::EC2::VPC NetworkVpc7FB7348F CidrBlock="10.40.0.0/16" InstanceTenancy="default"',
  'AWS::KMS::Key Key961B73FD',
  'AWS::Kinesis::Stream VotesBallots5ECA7060',
  'AWS::RDS::DBCluster DatabaseCluster5B53A178 DBSubnetGroupName={"Ref":"DatabaseClusterSubnets5540150D"} DatabaseName="ballotstream" Engine="aurora-postgresql" KmsKeyId={"Fn::GetAtt":["Key961B73FD","Arn"]} MasterUsername="ballotstream" StorageEncrypted=true',
  'AWS::KMS::Key RollKey12537225',
  'AWS::RDS::DBCluster RollClusterA0BE1986 DBSubnetGroupName={"Ref":"RollClusterSubnetsD8C7E4CD"} DatabaseName="roll" Engine="aurora-postgresql" KmsKeyId={"Fn::GetAtt":["RollKey12537225","Arn"]} MasterUsername="ballotstream" StorageEncrypted=true',
  'AWS::RDS::DBInstance RollClusterWriter99D92159 DBClusterIdentifier={"Ref":"RollClusterA0BE1986"}',
  'AWS::RDS::DBSubnetGroup RollClusterSubnetsD8C7E4CD',
  'AWS::RDS::DBInstance DatabaseClusterReader1D8B76102 DBClusterIdentifier={"Ref":"DatabaseCluster5B53A178"}',
  'AWS::RDS::DBInstance DatabaseClusterWriterD43085C6 DBClusterIdentifier={"Ref":"DatabaseCluster5B53A178"}',
  'AWS::RDS::DBSubnetGroup DatabaseClusterSubnets5540150D',
  'AWS::S3::Bucket AccessLogs8B620ECA',
  'AWS::S3::Bucket DefinitionsE678EDEB',
  'AWS::S3::Bucket Undeliverable013D69EE',
  'AWS::SQS::Queue VotesDeadLetters007ED692',
  'AWS::SQS::Queue VotesOverflowD7C5AC26',
];
const onlyInPeak = [
  'AWS::RDS::DBInstance RollClusterReader1873CBD77 DBClusterIdentifier={"Ref":"RollClusterA0BE1986"}',
  'AWS::RDS::DBInstance DatabaseClusterAnalystsReaderFF135ABC DBClusterIdentifier={"Ref":"DatabaseCluster5B53A178"}',
  'AWS::RDS::DBInstance DatabaseClusterReader26C65DE14 DBClusterIdentifier={"Ref":"DatabaseCluster5B53A178"}',
];

describe.each(awsStages)('stage $name', (stage) => {
  it('puts nothing in the place of what holds votes', () => {
    const expected = stage.name === 'peak' ? [...everywhere, ...onlyInPeak] : everywhere;
    expect(identities(synthesise(stage))).toEqual(expected.toSorted());
  });
});

describe('the check', () => {
  const template = synthesise(stages.dev);
  const change = (id: RegExp, patch: (body: Record<string, unknown>) => Record<string, unknown>) =>
    identities({
      resources: template.resources.map((one) =>
        id.test(one.id) ? { ...one, ...patch(one as unknown as Record<string, unknown>) } : one,
      ),
    });

  it.each([
    ['a construct by another name', /^VotesBallots/, () => ({ id: 'StreamBallots01234567' })],
    ['a stream with a name', /^VotesBallots/, () => ({ Properties: { Name: 'ballots' } })],
    [
      'a database encrypted with another key',
      /^DatabaseCluster5/,
      ({ Properties }: Record<string, unknown>) => ({
        Properties: { ...(Properties as object), KmsKeyId: { 'Fn::GetAtt': ['OtherKey', 'Arn'] } },
      }),
    ],
    [
      'a database made from a snapshot',
      /^DatabaseCluster5/,
      ({ Properties }: Record<string, unknown>) => ({
        Properties: { ...(Properties as object), SnapshotIdentifier: 'yesterday' },
      }),
    ],
    ['a bucket with a name', /^Definitions/, () => ({ Properties: { BucketName: 'definitions' } })],
    ['a key by another name', /^Key/, () => ({ id: 'VotesKey01234567' })],
    ['a queue that keeps order', /^VotesOverflow/, () => ({ Properties: { FifoQueue: true } })],
  ])('sees %s', (_, id, patch) => {
    expect(change(id, patch)).not.toEqual(everywhere.toSorted());
  });

  it('lets pass what CloudFormation changes in place', () => {
    const inPlace = change(/^VotesBallots/, () => ({
      Properties: { ShardCount: 99, RetentionPeriodHours: 200 },
    }));
    expect(inPlace).toEqual(everywhere.toSorted());
  });
});
