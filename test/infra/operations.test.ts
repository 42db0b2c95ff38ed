import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type MetricName, metricUnits } from '../../functions/core/metrics.ts';
import { eventAlarms, type NumberAlarm, numberAlarms, runbookAnchor } from '../../lib/alarms.ts';
import { operationsSettings } from '../../lib/operations-settings.ts';
import { awsStages, stages } from '../../lib/stages.ts';
import { type Resource, synthesise } from '../support/template.ts';

const root = new URL('../../', import.meta.url);
const names = Object.keys(numberAlarms) as NumberAlarm[];
/** What a dimension's value has to lead to. */
const ownerOf: Readonly<Record<string, string>> = {
  StreamName: 'AWS::Kinesis::Stream',
  QueueName: 'AWS::SQS::Queue',
  LoadBalancer: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
  TargetGroup: 'AWS::ElasticLoadBalancingV2::TargetGroup',
  DBClusterIdentifier: 'AWS::RDS::DBCluster',
  ProxyName: 'AWS::RDS::DBProxy',
  EventSourceMappingUUID: 'AWS::Lambda::EventSourceMapping',
  FunctionName: 'AWS::Lambda::Function',
  service: 'AWS::Lambda::Function',
  DistributionId: 'AWS::CloudFront::Distribution',
  CanaryName: 'AWS::Synthetics::Canary',
};
/** Dimensions whose values name nothing of ours. */
const plain = ['Role', 'Resource', 'Region', 'Rule', 'WebACL'];

describe.each(awsStages)('stage $name', (stage) => {
  const template = synthesise(stage);
  const alarms = template.ofType('AWS::CloudWatch::Alarm');
  const nameOf = (alarm: Resource) =>
    names.find((name) => alarm.Properties.AlarmName === `ballotstream-${stage.name}-${name}`);
  const topicOf = (from: Resource, value: unknown) => {
    const topic = template.follow(from, value);
    expect(topic.Type).toBe('AWS::SNS::Topic');
    return /^TopicsPage/.test(topic.id) ? 'page' : 'ticket';
  };
  /** Each metric of an alarm, be it its own or inside of its expression. */
  const metricsOf = ({ Properties }: Resource) =>
    Properties.Metrics === undefined
      ? [Properties]
      : // biome-ignore lint/suspicious/noExplicitAny: templates are JSON of any shape
        Properties.Metrics.flatMap((one: any) =>
          one.MetricStat === undefined ? [] : [one.MetricStat.Metric],
        );

  it('has only alarms of the registry, each with its severity’s topic on both ends and its runbook entry', () => {
    expect(alarms).not.toEqual([]);
    for (const alarm of alarms) {
      const name = nameOf(alarm);
      if (name === undefined) throw new Error(`not in the registry: ${alarm.id}`);
      const { severity, above, silence } = numberAlarms[name];
      const { AlarmActions, OKActions, AlarmDescription, Threshold, TreatMissingData } = alarm.Properties;
      for (const actions of [AlarmActions, OKActions])
        expect(actions.map((action: unknown) => topicOf(alarm, action))).toEqual([severity]);
      expect(AlarmDescription.endsWith(runbookAnchor(name))).toBe(true);
      expect([Threshold, TreatMissingData]).toEqual([
        above,
        silence === 'bad' ? 'breaching' : 'notBreaching',
      ]);
    }
  });

  it('leaves out only what it has nothing to watch for', () => {
    const present = alarms.map(nameOf);
    const absent = names.filter((name) => !present.includes(name)).toSorted();
    const serverless = ['database-local-storage', 'ingest-spillover', 'load-balancer-units'];
    expect(absent).toEqual(stage.name === 'dev' ? serverless : ['database-memory']);
  });

  it('watches what there is: every dimension leads to a resource of its kind', () => {
    for (const alarm of alarms) {
      for (const { Dimensions } of metricsOf(alarm)) {
        for (const { Name, Value } of Dimensions) {
          if (plain.includes(Name)) continue;
          expect([alarm.id, Name, template.follow(alarm, Value).Type]).toEqual([
            alarm.id,
            Name,
            ownerOf[Name],
          ]);
        }
      }
    }
  });

  it('watches metrics of ours at the function that writes them, under names and nothing else', () => {
    const own = alarms
      .flatMap((alarm) => metricsOf(alarm).map((metric: Resource['Properties']) => ({ alarm, metric })))
      .filter(({ metric }) => metric.Namespace === 'Ballotstream');
    expect(own.length).toBeGreaterThan(5);
    for (const { alarm, metric } of own) {
      const folder = template
        .follow(alarm, metric.Dimensions[0].Value)
        .id.replace(/Function.*/, '')
        .toLowerCase();
      expect(metricUnits).toHaveProperty(metric.MetricName);
      expect([metric.MetricName, sourcesOf(folder).includes(`'${metric.MetricName}'`)]).toEqual([
        metric.MetricName,
        true,
      ]);
    }
  });

  it('encrypts its topics with a key that alarms and events may use', () => {
    const topics = template.ofType('AWS::SNS::Topic');
    expect(topics.length).toBe(2);
    for (const topic of topics) {
      const key = template.follow(topic, topic.Properties.KmsMasterKeyId);
      const statement = key.Properties.KeyPolicy.Statement.find(
        ({ Principal }: { Principal: { Service?: unknown } }) => Array.isArray(Principal.Service),
      );
      expect(statement.Principal.Service).toEqual(['cloudwatch.amazonaws.com', 'events.amazonaws.com']);
      expect(statement.Action).toEqual(['kms:Decrypt', 'kms:GenerateDataKey']);
    }
  });

  it('sends each notice of an event to the topic of its severity, with its runbook entry', () => {
    const rules = template.ofType('AWS::Events::Rule').filter((rule) => rule.stack === 'Operations');
    const seen = rules.map((rule) => {
      const [target] = rule.Properties.Targets;
      const name = (Object.keys(eventAlarms) as (keyof typeof eventAlarms)[]).find((one) =>
        rule.Properties.Description.endsWith(runbookAnchor(one)),
      );
      if (name === undefined) throw new Error(`not in the registry: ${rule.id}`);
      expect(topicOf(rule, target.Arn)).toBe(eventAlarms[name].severity);
      expect(target.InputTransformer.InputTemplate).toContain(runbookAnchor(name));
      return name;
    });
    expect(seen.toSorted()).toEqual(Object.keys(eventAlarms).toSorted());
  });

  it('tells of a failover of this very cluster', () => {
    const rule = template.ofType('AWS::Events::Rule').find(({ id }) => id.includes('databasefailover'));
    if (rule === undefined) throw new Error('no such rule');
    expect(template.follow(rule, rule.Properties.EventPattern.resources).Type).toBe('AWS::RDS::DBCluster');
    expect(rule.Properties.EventPattern.detail.EventCategories).toContain('failover');
  });

  it('keeps an audit trail that can be proved whole, in files that nobody can delete', () => {
    const [trail] = template.ofType('AWS::CloudTrail::Trail');
    if (trail === undefined) throw new Error('no trail');
    expect(trail.Properties).toMatchObject({
      IsLogging: true,
      EnableLogFileValidation: true,
      IsMultiRegionTrail: true,
      IncludeGlobalServiceEvents: true,
    });
    const bucket = template.follow(trail, trail.Properties.S3BucketName);
    const { mode, days } = operationsSettings[stage.name as 'dev' | 'peak'].auditLock;
    expect(bucket.Properties.ObjectLockConfiguration.Rule.DefaultRetention).toEqual({
      Mode: mode,
      Days: days,
    });
    expect(bucket.DeletionPolicy).toBe('Retain');
    expect(template.follow(trail, trail.Properties.KMSKeyId).Type).toBe('AWS::KMS::Key');
    expect(template.follow(bucket, bucket.Properties.BucketEncryption).Type).toBe('AWS::KMS::Key');
  });

  it('notes management calls, and what happens to definitions and to what could not be delivered', () => {
    const [trail] = template.ofType('AWS::CloudTrail::Trail');
    const selectors: { IncludeManagementEvents?: boolean; ReadWriteType: string; DataResources?: unknown }[] =
      trail?.Properties.EventSelectors;
    const noted = selectors.map((selector) => ({
      management: selector.IncludeManagementEvents ?? true,
      what: selector.ReadWriteType,
      of:
        selector.DataResources === undefined || trail === undefined
          ? null
          : template.follow(trail, selector.DataResources).id.replace(/[0-9A-F]{8}$/, ''),
    }));
    expect(noted).toContainEqual({ management: true, what: 'All', of: null });
    expect(noted).toContainEqual({ management: false, what: 'WriteOnly', of: 'Definitions' });
    expect(noted).toContainEqual({ management: false, what: 'All', of: 'Undeliverable' });
  });

  it('injects faults only where it may, into one thing each, and stops before a vote is lost', () => {
    const experiments = template.ofType('AWS::FIS::ExperimentTemplate');
    expect(experiments.length > 0).toBe(operationsSettings[stage.name as 'dev' | 'peak'].experiments);
    for (const experiment of experiments) {
      const stops = experiment.Properties.StopConditions.map(({ Value }: { Value: unknown }) =>
        nameOf(template.follow(experiment, Value)),
      );
      expect(stops).toEqual(expect.arrayContaining(['unaccounted', 'not-durable', 'quarantine']));
      const role = template.follow(experiment, experiment.Properties.RoleArn);
      const policies = template
        .ofType('AWS::IAM::Policy')
        .filter((policy) =>
          policy.Properties.Roles.some((one: unknown) => template.follow(policy, one).id === role.id),
        );
      expect(policies.length).toBe(1);
      const [target] = Object.values<Resource['Properties']>(experiment.Properties.Targets);
      const struck = template.follow(experiment, target.ResourceArns);
      for (const policy of policies)
        for (const { Resource: resource } of policy.Properties.PolicyDocument.Statement)
          expect(template.follow(policy, resource).id).toBe(struck.id);
    }
  });

  it('watches the firewall by the name that its metrics go by', () => {
    const [firewall] = template.ofType('AWS::WAFv2::WebACL');
    const alarm = alarms.find((one) => nameOf(one) === 'edge-blocking');
    if (alarm === undefined) throw new Error('no such alarm');
    for (const { Dimensions } of metricsOf(alarm))
      expect(Dimensions).toContainEqual({
        Name: 'WebACL',
        Value: firewall?.Properties.VisibilityConfig.MetricName,
      });
  });

  it('looks at the service from outside every minute, and is missed when it does not', () => {
    const [canary] = template.ofType('AWS::Synthetics::Canary');
    if (canary === undefined) throw new Error('no canary');
    expect(canary.Properties).toMatchObject({
      Schedule: { Expression: 'rate(1 minute)' },
      StartCanaryAfterCreation: true,
    });
    const { EnvironmentVariables, TimeoutInSeconds } = canary.Properties.RunConfig;
    expect(template.follow(canary, EnvironmentVariables.SERVICE_ORIGIN).Type).toBe(
      'AWS::CloudFront::Distribution',
    );
    expect(TimeoutInSeconds).toBeLessThan(60);
    const alarm = alarms.find((one) => nameOf(one) === 'canary');
    expect(alarm?.Properties.TreatMissingData).toBe('breaching');
  });

  it('shows on one page whether votes are lost before anything else', () => {
    const [dashboard] = template.ofType('AWS::CloudWatch::Dashboard');
    const body = JSON.stringify(dashboard?.Properties.DashboardBody);
    const order = [
      'Are we losing votes?',
      'Are we keeping up?',
      'How long is the backlog?',
      'Rates and latency',
      'How much of the capacity',
    ];
    const places = order.map((heading) => body.indexOf(heading));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });
});

it('tells the address that a deployment names, of both severities', () => {
  const template = synthesise(stages.dev, {
    buildId: 'test',
    deployedAtMs: 1,
    onManagedInstances: false,
    forced: false,
    alarmEmail: 'night@example.org',
  });
  const subscriptions = template.ofType('AWS::SNS::Subscription');
  expect(subscriptions.map(({ Properties }) => Properties.Endpoint)).toEqual([
    'night@example.org',
    'night@example.org',
  ]);
  expect(new Set(subscriptions.map((one) => template.follow(one, one.Properties.TopicArn).id)).size).toBe(2);
});

it('writes every metric that there is', () => {
  const written = ['ingest', 'writer', 'results', 'maintenance'].map(sourcesOf).join('\n');
  const missing = (Object.keys(metricUnits) as MetricName[]).filter((name) => !written.includes(`'${name}'`));
  expect(missing).toEqual([]);
});

/** All that one function is made of. */
function sourcesOf(folder: string): string {
  const directory = new URL(`functions/${folder}/`, root);
  const files = readdirSync(directory).map((file) => new URL(file, directory));
  return files.map((file) => readFileSync(file, 'utf8')).join('\n');
}
