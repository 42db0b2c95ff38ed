import { describe, expect, it } from 'vitest';
import { awsStages, peakPlan, stages } from '../../lib/stages.ts';
import { type PipelineTemplate, type Resource, synthesise } from '../support/template.ts';

const voting = { opensAt: new Date('2026-11-03T11:00Z'), closesAt: new Date('2026-11-04T01:00Z') };
const deployment = {
  buildId: 'test',
  deployedAtMs: Date.parse('2026-10-01T00:00Z'),
  forced: false,
  onManagedInstances: false,
};

function only(template: PipelineTemplate, type: string): Resource {
  const [found, ...others] = template.ofType(type);
  if (found === undefined || others.length > 0) throw new Error(`there is one ${type}`);
  return found;
}

/** The alias that the load balancer calls unless a rule says otherwise. */
function calledByLoadBalancer(template: PipelineTemplate): Resource {
  const listener = only(template, 'AWS::ElasticLoadBalancingV2::Listener');
  const group = template.follow(listener, listener.Properties.DefaultActions[0].TargetGroupArn);
  return template.follow(group, group.Properties.Targets[0].Id);
}

const functionOf = (template: PipelineTemplate, construct: string) =>
  template.ofType('AWS::Lambda::Function').find(({ id }) => id.startsWith(construct));

describe('the peak', () => {
  const template = synthesise(stages.peak, { ...deployment, voting });
  const target = only(template, 'AWS::ApplicationAutoScaling::ScalableTarget');
  const { environments, idle } = stages.peak.ingest as { environments: number; idle: number };

  it('keeps environments ready on the alias that the load balancer calls, and scales that one', () => {
    const alias = calledByLoadBalancer(template);
    expect(alias.Type).toBe('AWS::Lambda::Alias');
    expect(alias.Properties.ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions).toBe(idle);
    expect(target.Properties.ScalableDimension).toBe('lambda:function:ProvisionedConcurrency');
    expect(template.follow(target, target.Properties.ResourceId).id).toBe(alias.id);
    const others = template.ofType('AWS::Lambda::Alias').filter(({ id }) => id !== alias.id);
    expect(others.filter(({ Properties }) => Properties.ProvisionedConcurrencyConfig !== undefined)).toEqual(
      [],
    );
  });

  it('has all of them before the opening and few of them after the close: both bounds move', () => {
    const actions: {
      Schedule: string;
      ScalableTargetAction: { MinCapacity: number; MaxCapacity: number };
    }[] = target.Properties.ScheduledActions;
    expect(
      actions.map(({ Schedule, ScalableTargetAction: { MinCapacity, MaxCapacity } }) => [
        Schedule,
        MinCapacity,
        MaxCapacity,
      ]),
    ).toEqual([
      ['at(2026-11-03T09:55:00)', environments, environments],
      ['at(2026-11-04T02:00:00)', idle, idle],
    ]);
    expect(target.Properties).toMatchObject({ MinCapacity: idle, MaxCapacity: idle });
    expect(environments).toBe(peakPlan.provisionedConcurrency);
  });

  it('stays warm when it is deployed again before the opening', () => {
    const deployedAtMs = voting.opensAt.getTime() - 10 * 60_000;
    const again = synthesise(stages.peak, { ...deployment, voting, deployedAtMs });
    const alias = calledByLoadBalancer(again);
    expect(alias.Properties.ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions).toBe(environments);
    const { MinCapacity } = only(again, 'AWS::ApplicationAutoScaling::ScalableTarget').Properties;
    expect(MinCapacity).toBe(environments);
  });

  it('keeps as many writers free as the stream and the queue may call at once, and no fewer', () => {
    const mappings = template.ofType('AWS::Lambda::EventSourceMapping');
    const calls = mappings.map((mapping) => {
      const source = template.follow(mapping, mapping.Properties.EventSourceArn);
      return source.Type === 'AWS::Kinesis::Stream'
        ? source.Properties.ShardCount * mapping.Properties.ParallelizationFactor
        : mapping.Properties.ScalingConfig.MaximumConcurrency;
    });
    expect(calls).toHaveLength(2);
    const reserved = functionOf(template, 'Writer')?.Properties.ReservedConcurrentExecutions;
    expect(reserved).toBe(calls.reduce((sum, one) => sum + one, 0));
  });

  it('never caps ingest, and stays below the concurrency that the plan asks AWS for', () => {
    expect(functionOf(template, 'Ingest')?.Properties.ReservedConcurrentExecutions).toBeUndefined();
    const reserved = template
      .ofType('AWS::Lambda::Function')
      .reduce((sum, { Properties }) => sum + (Properties.ReservedConcurrentExecutions ?? 0), 0);
    const quota = peakPlan.quotaIncreases.find(({ quota }) => quota === 'Concurrent executions');
    expect(reserved + environments + 100).toBeLessThanOrEqual(quota?.needed ?? 0);
  });
});

it('a stage for any account reserves no concurrency, and keeps nothing ready', () => {
  const template = synthesise(stages.dev, { ...deployment, voting });
  const reserved = template
    .ofType('AWS::Lambda::Function')
    .filter(({ Properties }) => Properties.ReservedConcurrentExecutions !== undefined);
  expect(reserved).toEqual([]);
  expect(template.ofType('AWS::ApplicationAutoScaling::ScalableTarget')).toEqual([]);
});

it.each(awsStages)('in stage $name, who may read an object may be told that it is not there', (stage) => {
  const template = synthesise(stage);
  const allowed = template.ofType('AWS::IAM::Policy').flatMap((policy) =>
    (policy.Properties.PolicyDocument.Statement as { Action: string | string[]; Resource: unknown }[])
      // What the CDK itself brings along, to be copied once.
      .filter(({ Resource }) => !JSON.stringify(Resource).includes('-assets-'))
      .flatMap(({ Action, Resource }) =>
        ['s3:GetObject', 's3:ListBucket']
          .filter((action) => [Action].flat().includes(action))
          .map((action) => ({
            action,
            role: template.follow(policy, policy.Properties.Roles[0]).id,
            bucket: template.follow(policy, Resource).id,
          })),
      ),
  );
  const who = (action: string) =>
    allowed
      .filter((one) => one.action === action)
      .map(({ role, bucket }) => `${role} ${bucket}`)
      .toSorted();
  expect(who('s3:GetObject').length).toBeGreaterThanOrEqual(4);
  // Without it S3 answers 403, which is an outage to us, where 404 is "no such election".
  expect(who('s3:ListBucket')).toEqual(expect.arrayContaining(who('s3:GetObject')));
});
