import { describe, expect, it } from 'vitest';
import { awsStages } from '../../lib/stages.ts';
import { type Resource, synthesise } from '../support/template.ts';

describe.each(awsStages)('stage $name', (stage) => {
  const template = synthesise(stage);
  const gates = template.ofType('Custom::DeployGate');

  it('asks the gate in each of its stacks, by one function', () => {
    expect(gates.map((gate) => gate.stack).toSorted()).toEqual(['Data', 'Edge', 'Operations', 'Service']);
    const functions = gates.map((gate) => template.follow(gate, gate.Properties.ServiceToken));
    expect(new Set(functions.map(({ id }) => id)).size).toBe(1);
  });

  const waits = ({ DependsOn = [] }: Resource & { DependsOn?: string | string[] }) =>
    [DependsOn].flat().some((id) => /^DeployGateAsked/.test(id));

  it.each(['Service', 'Edge', 'Operations'])(
    'changes nothing of stack %s before the gate has spoken',
    (stack) => {
      const others = template.resources.filter(
        (one) => one.stack === stack && one.Type !== 'Custom::DeployGate',
      );
      expect(others).not.toEqual([]);
      expect(others.filter((one) => !waits(one)).map(({ id }) => id)).toEqual([]);
    },
  );

  it('touches neither stream nor queues nor cluster before', () => {
    const types = ['AWS::Kinesis::Stream', 'AWS::SQS::Queue', 'AWS::RDS::DBCluster', 'AWS::RDS::DBInstance'];
    const stateful = types.flatMap((type) => template.ofType(type));
    expect(stateful.length).toBeGreaterThan(4);
    expect(stateful.filter((one) => !waits(one)).map(({ id }) => id)).toEqual([]);
  });

  it('touches of what holds votes only the gate before, and what the gate goes by', () => {
    const early = template.resources.filter((one) => one.stack === 'Data' && !waits(one));
    const others = early.filter(({ id }) => !/^(DeployGate|Definitions|AccessLogs)/.test(id));
    expect(others.map(({ id }) => id)).toEqual([]);
  });

  it('lets the gate read definitions, what its stacks are doing, and nothing else', () => {
    const [gate] = gates;
    if (gate === undefined) throw new Error('no gate');
    const alias = template.follow(gate, gate.Properties.ServiceToken);
    const code = template.follow(alias, alias.Properties.FunctionName);
    const role = template.follow(code, code.Properties.Role);
    const actions = template
      .ofType('AWS::IAM::Policy')
      .filter((policy) => template.follow(policy, policy.Properties.Roles[0]).id === role.id)
      .flatMap((policy) => policy.Properties.PolicyDocument.Statement)
      .flatMap(({ Action }: { Action: string | string[] }) => [Action].flat())
      .toSorted();
    expect(actions).toEqual([
      'cloudformation:DescribeStacks',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      's3:GetObject',
      's3:ListBucket',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
  });
});
