import { describe, expect, it } from 'vitest';
import { awsStages } from '../../lib/stages.ts';
import { type PipelineTemplate, type Resource, synthesise } from '../support/template.ts';

/** What would take votes with it. */
const stateful = [
  'AWS::Kinesis::Stream',
  'AWS::SQS::Queue',
  'AWS::S3::Bucket',
  'AWS::RDS::DBCluster',
  'AWS::KMS::Key',
];

describe.each(awsStages)('stage $name', (stage) => {
  const template = synthesise(stage);
  const writer = functionOf(template, 'Writer');

  it('tries a batch of the stream again until it succeeds or the stream forgets it', () => {
    const mapping = mappingFrom(template, 'AWS::Kinesis::Stream');
    expect(mapping.Properties.MaximumRetryAttempts).toBe(-1);
    expect(mapping.Properties.MaximumRecordAgeInSeconds ?? -1).toBe(-1);
    expect(mapping.Properties.StartingPosition).toBe('TRIM_HORIZON');
  });

  it('narrows a failing batch down instead of blocking the shard', () => {
    const mapping = mappingFrom(template, 'AWS::Kinesis::Stream');
    expect(mapping.Properties.BisectBatchOnFunctionError).toBe(true);
    expect(mapping.Properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
  });

  it('sends what the stream gives up to a bucket that outlives the stack', () => {
    const mapping = mappingFrom(template, 'AWS::Kinesis::Stream');
    const bucket = template.follow(mapping, mapping.Properties.DestinationConfig.OnFailure.Destination);
    expect(bucket.Type).toBe('AWS::S3::Bucket');
    expect(bucket.DeletionPolicy).toBe('Retain');
    expect(bucket.Properties.VersioningConfiguration.Status).toBe('Enabled');
  });

  it('keeps the stream for seven days', () => {
    const [stream] = template.ofType('AWS::Kinesis::Stream');
    expect(stream?.Properties.RetentionPeriodHours).toBe(168);
  });

  it('takes only failed messages of the overflow queue back, and has them for as long as the stream', () => {
    const mapping = mappingFrom(template, 'AWS::SQS::Queue');
    expect(mapping.Properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
    const queue = template.follow(mapping, mapping.Properties.EventSourceArn);
    expect(queue.Properties.MessageRetentionPeriod).toBeGreaterThanOrEqual(7 * 24 * 3600);
    const deadLetters = template.follow(queue, queue.Properties.RedrivePolicy.deadLetterTargetArn);
    expect(deadLetters.Properties.MessageRetentionPeriod).toBeGreaterThanOrEqual(
      queue.Properties.MessageRetentionPeriod,
    );
  });

  it('tries an overflow message for four days at least before it goes to the dead letters', () => {
    const mapping = mappingFrom(template, 'AWS::SQS::Queue');
    const { Properties } = template.follow(mapping, mapping.Properties.EventSourceArn);
    const outageSeconds = Properties.RedrivePolicy.maxReceiveCount * Properties.VisibilityTimeout;
    expect(outageSeconds).toBeGreaterThanOrEqual(4 * 24 * 3600);
  });

  it('hides a message for at least six times as long as the writer may run', () => {
    const mapping = mappingFrom(template, 'AWS::SQS::Queue');
    const queue = template.follow(mapping, mapping.Properties.EventSourceArn);
    expect(queue.Properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * writer.Properties.Timeout);
  });

  it('feeds the writer’s live version from both', () => {
    for (const source of ['AWS::Kinesis::Stream', 'AWS::SQS::Queue']) {
      const alias = template.follow(
        mappingFrom(template, source),
        mappingFrom(template, source).Properties.FunctionName,
      );
      expect(alias.Type).toBe('AWS::Lambda::Alias');
      expect(template.follow(alias, alias.Properties.FunctionName).id).toBe(writer.id);
    }
  });

  it.each(stateful)('keeps every %s when its stack goes or wants another in its place', (type) => {
    const found = template.ofType(type);
    expect(found).not.toEqual([]);
    expect(
      found.filter((one) => one.DeletionPolicy !== 'Retain' || one.UpdateReplacePolicy !== 'Retain'),
    ).toEqual([]);
  });

  it('has all votes in the data stack: other stacks may keep logs and the keys for them', () => {
    const outside = template.resources.filter(
      ({ stack, Type }) => stack !== 'Data' && stateful.includes(Type),
    );
    const types = new Set(outside.map(({ Type }) => Type));
    expect([...types].filter((type) => type !== 'AWS::S3::Bucket' && type !== 'AWS::KMS::Key')).toEqual([]);
  });

  it('does not let the data stack or the database be deleted', () => {
    expect(template.terminationProtected.Data).toBe(true);
    const [cluster] = template.ofType('AWS::RDS::DBCluster');
    expect(cluster?.Properties.DeletionProtection).toBe(true);
    expect(cluster?.Properties.BackupRetentionPeriod).toBeGreaterThanOrEqual(7);
  });

  it('has a reader to take over from the database’s writer', () => {
    expect(template.ofType('AWS::RDS::DBInstance').length).toBeGreaterThanOrEqual(2);
  });
});

function functionOf(template: PipelineTemplate, construct: string): Resource {
  const found = template.ofType('AWS::Lambda::Function').find(({ id }) => id.startsWith(construct));
  if (found === undefined) throw new Error(`no function ${construct}`);
  return found;
}

/** The event source mapping that reads from a resource of this type. */
function mappingFrom(template: PipelineTemplate, sourceType: string): Resource {
  const found = template
    .ofType('AWS::Lambda::EventSourceMapping')
    .filter((one) => template.follow(one, one.Properties.EventSourceArn).Type === sourceType);
  const [mapping] = found;
  if (mapping === undefined || found.length > 1)
    throw new Error(`${found.length} mappings from ${sourceType}`);
  return mapping;
}
