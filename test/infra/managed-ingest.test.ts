import { describe, expect, it } from 'vitest';
import { planCapacity } from '../../lib/capacity.ts';
import { onManagedInstances, stages } from '../../lib/stages.ts';
import { type Resource, synthesise } from '../support/template.ts';

describe('the peak with ingest on Managed Instances', () => {
  const template = synthesise(onManagedInstances(stages.peak));
  const plan = planCapacity({ votesPerSecond: 250_000, votes: 300_000_000, compute: 'managed' });
  const [provider] = template.ofType('AWS::Lambda::CapacityProvider');
  const ingest = template.ofType('AWS::Lambda::Function').find(({ id }) => id.startsWith('Ingest'));
  if (provider === undefined || ingest === undefined) throw new Error('there is no such thing');

  it('leaves cdk-nag nothing to say that is not answered', () => {
    expect(template.findings).toEqual([]);
  });

  it('runs ingest there, by the plan, and nothing else', () => {
    const config = ingest.Properties.CapacityProviderConfig.LambdaManagedInstancesCapacityProviderConfig;
    expect(template.follow(ingest, config.CapacityProviderArn).id).toBe(provider.id);
    expect(config.PerExecutionEnvironmentMaxConcurrency).toBe(64);
    expect(provider.Properties.CapacityProviderScalingConfig.MaxVCpuCount).toBe(plan.ingest.vcpusMax);
    const elsewhere = template
      .ofType('AWS::Lambda::Function')
      .filter(({ Properties }) => Properties.CapacityProviderConfig !== undefined);
    expect(elsewhere.map(({ id }) => id)).toEqual([ingest.id]);
  });

  it('keeps what the plan has for the opening on the version that the load balancer calls', () => {
    const [listener] = template.ofType('AWS::ElasticLoadBalancingV2::Listener');
    if (listener === undefined) throw new Error('no listener');
    const group = template.follow(listener, listener.Properties.DefaultActions[0].TargetGroupArn);
    const alias = template.follow(group, group.Properties.Targets[0].Id);
    const version = template.follow(alias, alias.Properties.FunctionVersion);
    expect(version.Type).toBe('AWS::Lambda::Version');
    expect(template.follow(version, version.Properties.FunctionName).id).toBe(ingest.id);
    expect(version.Properties.FunctionScalingConfig).toEqual({
      MinExecutionEnvironments: plan.ingest.vcpusMin,
      MaxExecutionEnvironments: plan.ingest.vcpusMax,
    });
    // Neither goes with instances of one's own.
    expect(alias.Properties.ProvisionedConcurrencyConfig).toBeUndefined();
    expect(template.ofType('AWS::ApplicationAutoScaling::ScalableTarget')).toEqual([]);
    expect(ingest.Properties.VpcConfig).toBeUndefined();
  });

  it('has a private way from there to all that ingest calls', () => {
    const subnets = (resource: Resource, ids: unknown[]) =>
      ids.map((id) => template.follow(resource, id).id).toSorted();
    const vpcConfig = provider.Properties.VpcConfig;
    const from = template.follow(provider, vpcConfig.SecurityGroupIds).id;
    const reached = template.ofType('AWS::EC2::VPCEndpoint').filter((endpoint) => {
      if (endpoint.stack !== 'Service') return false;
      expect(endpoint.Properties.PrivateDnsEnabled).toBe(true);
      expect(subnets(endpoint, endpoint.Properties.SubnetIds)).toEqual(
        subnets(provider, vpcConfig.SubnetIds),
      );
      const group = template.follow(endpoint, endpoint.Properties.SecurityGroupIds).id;
      return template
        .ofType('AWS::EC2::SecurityGroupIngress')
        .some(
          (rule) =>
            template.follow(rule, rule.Properties.GroupId).id === group &&
            template.follow(rule, rule.Properties.SourceSecurityGroupId).id === from,
        );
    });
    const services = reached.map(({ Properties }) => /[\w-]+"?$/.exec(String(Properties.ServiceName))?.[0]);
    expect(services.toSorted()).toEqual(['kinesis-streams', 'logs', 'sqs', 'xray']);
  });

  it('is refused where a stage is for any account', () => {
    expect(() => onManagedInstances(stages.dev)).toThrow(/is for stage peak/);
    expect(() => onManagedInstances(stages.emulator)).toThrow(/is for stage peak/);
  });
});
