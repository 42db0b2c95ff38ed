import { describe, expect, it } from 'vitest';
import { awsStages, stages } from '../../lib/stages.ts';
import { type PipelineTemplate, type Resource, synthesise } from '../support/template.ts';

describe.each(awsStages)('the database of stage $name', (stage) => {
  const template = synthesise(stage);
  const cluster = clusterOf(template);
  const instances = instancesOf(template, cluster);

  it('has readers in other zones than the writer, in two of them if there are two', () => {
    const [writersZone, ...others] = instances.map(({ Properties }) => Properties.AvailabilityZone);
    expect(stage.availabilityZones).toContain(writersZone);
    expect(others).not.toEqual([]);
    expect(others).not.toContain(writersZone);
    expect(new Set(others).size).toBe(Math.min(2, others.length));
  });

  it('writes down who changed rights, tables and what is recorded, never a value, and lets its changes be followed', () => {
    const group = template.follow(cluster, cluster.Properties.DBClusterParameterGroupName);
    const { Parameters } = group.Properties;
    expect(Parameters.shared_preload_libraries.split(',')).toContain('pgaudit');
    expect(Parameters).toMatchObject({
      'pgaudit.log': 'ddl,role',
      // Made by the migrations, with the rights that are audited: `test/db/migrate-function.test.ts`.
      'pgaudit.role': 'rds_pgaudit',
      'pgaudit.log_parameter': '0',
      'rds.logical_replication': '1',
      'rds.iam_auth_for_replication': '1',
      'rds.force_ssl': '1',
      log_parameter_max_length: '0',
      log_parameter_max_length_on_error: '0',
    });
    expect(cluster.Properties.EnableCloudwatchLogsExports).toEqual(['postgresql']);
  });

  it('changes its version when we say so', () => {
    for (const { Properties } of instances) expect(Properties.AutoMinorVersionUpgrade).toBe(false);
  });

  it('can be looked into: what waits for what, and what the operating system says', () => {
    expect(cluster.Properties.PerformanceInsightsEnabled).toBe(true);
    expect(template.follow(cluster, cluster.Properties.PerformanceInsightsKmsKeyId).Type).toBe(
      'AWS::KMS::Key',
    );
    for (const instance of instances) {
      expect(instance.Properties.MonitoringInterval).toBeLessThanOrEqual(60);
      expect(instance.Properties.MonitoringInterval).toBeGreaterThan(0);
    }
  });
});

describe('the database of the peak', () => {
  const template = synthesise(stages.peak);
  const instances = instancesOf(template, clusterOf(template));
  const [endpoint, ...otherEndpoints] = template.ofType('AWS::RDS::DBClusterEndpoint');
  if (endpoint === undefined) throw new Error('analysts have no endpoint');
  const analysts = template.follow(endpoint, endpoint.Properties.StaticMembers);

  it('pays for storage that writes do not wait for', () => {
    expect(clusterOf(template).Properties.StorageType).toBe('aurora-iopt1');
  });

  it('has two readers that take over, as big as the writer', () => {
    const [writer, ...readers] = instances.filter(({ id }) => id !== analysts.id);
    const ready = readers.filter(({ Properties }) => Properties.PromotionTier <= 1);
    expect(ready.length).toBeGreaterThanOrEqual(2);
    for (const { Properties } of ready)
      expect(Properties.DBInstanceClass).toBe(writer?.Properties.DBInstanceClass);
  });

  it('has analysts on one instance of their own, which takes over last of all', () => {
    expect(otherEndpoints).toEqual([]);
    expect(endpoint.Properties.CustomEndpointType).toBe('READER');
    expect(endpoint.Properties.StaticMembers).toHaveLength(1);
    expect(template.follow(endpoint, endpoint.Properties.DBClusterIdentifier).id).toBe(
      clusterOf(template).id,
    );
    expect(analysts.Type).toBe('AWS::RDS::DBInstance');
    for (const { id, Properties } of instances) {
      if (id === analysts.id) expect(Properties.PromotionTier).toBe(15);
      else expect(Properties.PromotionTier ?? 1).toBeLessThan(15);
    }
  });
});

describe.each(awsStages)('the voter roll’s database of stage $name', (stage) => {
  const template = synthesise(stage);
  const votes = clusterOf(template);
  const roll = clusterOf(template, 'roll');

  it('shares neither server nor key with the votes', () => {
    expect(roll.id).not.toBe(votes.id);
    const keyOf = (cluster: Resource) => template.follow(cluster, cluster.Properties.KmsKeyId).id;
    expect(keyOf(roll)).not.toBe(keyOf(votes));
    expect(instancesOf(template, roll).filter((one) => instancesOf(template, votes).includes(one))).toEqual(
      [],
    );
  });

  it('cannot be followed, and says neither codes nor lines of a roll in its log', () => {
    const { Parameters } = template.follow(roll, roll.Properties.DBClusterParameterGroupName).Properties;
    expect(Parameters).toMatchObject({ log_error_verbosity: 'terse', log_parameter_max_length: '0' });
    expect(Parameters).not.toHaveProperty(['rds.logical_replication']);
  });
});

function clusterOf(template: PipelineTemplate, name = 'ballotstream'): Resource {
  const cluster = template
    .ofType('AWS::RDS::DBCluster')
    .find(({ Properties }) => Properties.DatabaseName === name);
  if (cluster === undefined) throw new Error(`there is no cluster ${name}`);
  return cluster;
}

function instancesOf(template: PipelineTemplate, cluster: Resource): readonly Resource[] {
  return template
    .ofType('AWS::RDS::DBInstance')
    .filter((one) => template.follow(one, one.Properties.DBClusterIdentifier).id === cluster.id);
}
