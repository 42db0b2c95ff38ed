import { describe, expect, it } from 'vitest';
import { environmentNames as ingestNames } from '../../functions/ingest/env.ts';
import { environmentNames as issuerNames } from '../../functions/issuer/env.ts';
import { environmentNames as maintenanceNames } from '../../functions/maintenance/env.ts';
import { environmentNames as migrateNames } from '../../functions/migrate/env.ts';
import { environmentNames as resultsNames } from '../../functions/results/env.ts';
import { environmentNames as writerNames } from '../../functions/writer/env.ts';
import { awsStages } from '../../lib/stages.ts';
import { type Resource, synthesise } from '../support/template.ts';

const everywhere = ['0.0.0.0/0', '::/0'];
const waysIn = [
  'AWS::EC2::NatGateway',
  'AWS::EC2::EgressOnlyInternetGateway',
  'AWS::EC2::EIP',
  'AWS::EC2::VPCPeeringConnection',
  'AWS::EC2::TransitGatewayAttachment',
  'AWS::EC2::VPNGateway',
  'AWS::Lambda::Url',
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGatewayV2::Api',
  'AWS::GlobalAccelerator::Accelerator',
];
const identityPolicies = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::Role'];
/** Those that AWS gives no resource to name for. */
const actionsOnAnything = [
  'xray:PutTraceSegments',
  'xray:PutTelemetryRecords',
  'cloudwatch:PutMetricData',
  's3:ListAllMyBuckets',
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

describe.each(awsStages)('stage $name', (stage) => {
  const template = synthesise(stage);
  const ids = (resources: readonly Resource[]) => resources.map(({ id }) => id);

  it('leaves cdk-nag nothing to say that is not answered', () => {
    expect(template.findings).toEqual([]);
  });

  it('has no way in from the internet but the distribution', () => {
    for (const type of waysIn) expect([type, template.ofType(type)]).toEqual([type, []]);
    // CloudFront wants a gateway attached; no route leads to it, nor to anything else outside the network.
    const [attachment, ...attachments] = template.ofType('AWS::EC2::VPCGatewayAttachment');
    if (attachment === undefined) throw new Error('no gateway');
    expect(attachments).toEqual([]);
    const gateway = template.follow(attachment, attachment.Properties.InternetGatewayId);
    expect(ids(template.ofType('AWS::EC2::InternetGateway'))).toEqual([gateway.id]);
    expect(template.ofType('AWS::EC2::Route')).toEqual([]);
    // A subnet without a table of its own would use the network's main one, which anybody may have changed.
    const routed = template
      .ofType('AWS::EC2::SubnetRouteTableAssociation')
      .map((one) => template.follow(one, one.Properties.SubnetId).id);
    expect(routed.toSorted()).toEqual(ids(template.ofType('AWS::EC2::Subnet')).toSorted());
    const [loadBalancer, ...others] = template.ofType('AWS::ElasticLoadBalancingV2::LoadBalancer');
    expect(loadBalancer?.Properties.Scheme).toBe('internal');
    expect(others).toEqual([]);
  });

  it('lets only CloudFront knock at the load balancer', () => {
    const [loadBalancer] = template.ofType('AWS::ElasticLoadBalancingV2::LoadBalancer');
    if (loadBalancer === undefined) throw new Error('no load balancer');
    const groups = loadBalancer.Properties.SecurityGroups.map((group: unknown) =>
      template.follow(loadBalancer, group),
    );
    const rules = [
      ...groups.flatMap((group: Resource) => group.Properties.SecurityGroupIngress ?? []),
      ...template
        .ofType('AWS::EC2::SecurityGroupIngress')
        .filter((rule) => ids(groups).includes(template.follow(rule, rule.Properties.GroupId).id))
        .map(({ Properties }) => Properties),
    ];
    expect(rules.map(({ SourcePrefixListId }) => SourcePrefixListId)).toEqual(['pl-3b927c52']);
  });

  it('leads from the distribution, past the firewall, over a VPC origin to the load balancer', () => {
    const [distribution, ...others] = template.ofType('AWS::CloudFront::Distribution');
    if (distribution === undefined) throw new Error('no distribution');
    expect(others).toEqual([]);
    const config = distribution.Properties.DistributionConfig;
    expect(template.follow(distribution, config.WebACLId).Type).toBe('AWS::WAFv2::WebACL');
    // Pages come from a bucket: test/infra/pages.test.ts.
    const functions = config.Origins.filter(
      (one: Resource['Properties']) => one.S3OriginConfig === undefined,
    );
    expect(functions).not.toEqual([]);
    for (const { VpcOriginConfig } of functions) {
      const origin = template.follow(distribution, VpcOriginConfig.VpcOriginId);
      expect(origin.Type).toBe('AWS::CloudFront::VpcOrigin');
      const target = template.follow(origin, origin.Properties.VpcOriginEndpointConfig.Arn);
      expect(target.Type).toBe('AWS::ElasticLoadBalancingV2::LoadBalancer');
    }
  });

  it('opens no security group to everybody', () => {
    const rules = [
      ...template
        .ofType('AWS::EC2::SecurityGroup')
        .flatMap((group) => group.Properties.SecurityGroupIngress ?? []),
      ...template.ofType('AWS::EC2::SecurityGroupIngress').map(({ Properties }) => Properties),
    ];
    expect(rules).not.toEqual([]);
    expect(rules.filter(({ CidrIp, CidrIpv6 }) => everywhere.includes(CidrIp ?? CidrIpv6))).toEqual([]);
  });

  it.each([
    {
      of: 'votes',
      construct: /^Database/,
      migrations: /^Migrations/,
      functions: /^(Results|Writer|Maintenance)/,
    },
    { of: 'voters', construct: /^Roll/, migrations: /^RollMigrations/, functions: /^Issuing/ },
  ])(
    'lets only its proxy and its migrations reach the database of $of, and only its functions the proxy',
    (database) => {
      const named = ({ id }: Resource) => database.construct.test(id);
      const cluster = template.ofType('AWS::RDS::DBCluster').find(named);
      const proxy = template.ofType('AWS::RDS::DBProxy').find(named);
      if (cluster === undefined || proxy === undefined) throw new Error('no database');
      const callersOf = (resource: Resource, groups: unknown[]) => {
        const own = groups.map((group) => template.follow(resource, group).id);
        return template
          .ofType('AWS::EC2::SecurityGroupIngress')
          .filter((rule) => own.includes(template.follow(rule, rule.Properties.GroupId).id))
          .map((rule) => template.follow(rule, rule.Properties.SourceSecurityGroupId).id);
      };
      const proxyGroups = ids(
        proxy.Properties.VpcSecurityGroupIds.map((group: unknown) => template.follow(proxy, group)),
      );
      const groupsOf = (construct: RegExp) =>
        template
          .ofType('AWS::Lambda::Function')
          .filter(({ id }) => construct.test(id))
          .flatMap((one) =>
            (one.Properties.VpcConfig?.SecurityGroupIds ?? []).map(
              (group: unknown) => template.follow(one, group).id,
            ),
          );
      expect(callersOf(cluster, cluster.Properties.VpcSecurityGroupIds).toSorted()).toEqual(
        [...proxyGroups, ...groupsOf(database.migrations)].toSorted(),
      );
      expect(callersOf(proxy, proxy.Properties.VpcSecurityGroupIds)).toEqual([
        ...new Set(groupsOf(database.functions)),
      ]);
    },
  );

  it('gives the database no public address', () => {
    const instances = template.ofType('AWS::RDS::DBInstance');
    expect(instances.filter(({ Properties }) => Properties.PubliclyAccessible !== false)).toEqual([]);
    expect(
      template.ofType('AWS::EC2::Subnet').filter(({ Properties }) => Properties.MapPublicIpOnLaunch === true),
    ).toEqual([]);
  });

  it('logs in with IAM over TLS, and results only on readers', () => {
    for (const { Properties } of template.ofType('AWS::RDS::DBProxy')) {
      expect(Properties).toMatchObject({ RequireTLS: true, DefaultAuthScheme: 'IAM_AUTH' });
      expect(Properties.Auth ?? []).toEqual([]);
    }
    for (const { Properties } of template.ofType('AWS::RDS::DBProxyEndpoint'))
      expect(Properties.TargetRole).toBe('READ_ONLY');
    const endpointOf = (construct: string) => {
      const found = template.ofType('AWS::Lambda::Function').find(({ id }) => id.startsWith(construct));
      if (found === undefined) throw new Error(`no function ${construct}`);
      return template.follow(found, found.Properties.Environment.Variables.DATABASE_URL).Type;
    };
    expect(endpointOf('Results')).toBe('AWS::RDS::DBProxyEndpoint');
    expect(endpointOf('Writer')).toBe('AWS::RDS::DBProxy');
    expect(endpointOf('Maintenance')).toBe('AWS::RDS::DBProxy');
    expect(endpointOf('Issuing')).toBe('AWS::RDS::DBProxy');
  });

  it('encrypts what it keeps with a key that rotates', () => {
    const keys = template.ofType('AWS::KMS::Key');
    for (const { Properties } of keys) expect(Properties.EnableKeyRotation).toBe(true);
    const [key, rollKey] = ['Key', 'RollKey'].map((name) =>
      keys.find(({ id }) => id.replace(/.{8}$/, '') === name),
    );
    expect(rollKey).not.toBeUndefined();
    const keyOf = (resource: Resource, reference: unknown) => template.follow(resource, reference).id;
    for (const stream of template.ofType('AWS::Kinesis::Stream')) {
      expect(stream.Properties.StreamEncryption.EncryptionType).toBe('KMS');
      expect(keyOf(stream, stream.Properties.StreamEncryption.KeyId)).toBe(key?.id);
    }
    for (const queue of template.ofType('AWS::SQS::Queue')) {
      expect(keyOf(queue, queue.Properties.KmsMasterKeyId)).toBe(key?.id);
    }
    for (const cluster of template.ofType('AWS::RDS::DBCluster')) {
      expect(cluster.Properties.StorageEncrypted).toBe(true);
      const own = cluster.id.startsWith('Roll') ? rollKey : key;
      expect(keyOf(cluster, cluster.Properties.KmsKeyId)).toBe(own?.id);
    }
  });

  it.each([
    ['AWS::S3::Bucket', 'AWS::S3::BucketPolicy', 'Bucket'],
    ['AWS::SQS::Queue', 'AWS::SQS::QueuePolicy', 'Queues'],
  ])('refuses every %s to whoever comes without TLS', (type, policyType, property) => {
    const guarded = template
      .ofType(policyType)
      .filter(({ Properties }) =>
        Properties.PolicyDocument.Statement.some(
          ({ Effect, Condition }: { Effect: string; Condition?: { Bool?: Record<string, string> } }) =>
            Effect === 'Deny' && Condition?.Bool?.['aws:SecureTransport'] === 'false',
        ),
      )
      .flatMap((policy) =>
        [policy.Properties[property]].flat().map((one) => template.follow(policy, one).id),
      );
    expect(guarded.toSorted()).toEqual(ids(template.ofType(type)).toSorted());
  });

  it('lets nobody do everything, or anything to everything', () => {
    const statements = template.resources
      .filter(({ Type }) => identityPolicies.includes(Type))
      .flatMap(({ Properties }) => [Properties, ...(Properties.Policies ?? [])])
      .flatMap(({ PolicyDocument }) => PolicyDocument?.Statement ?? [])
      .map(({ Action, Resource }) => ({ actions: [Action].flat(), resources: [Resource].flat() }));
    expect(statements).not.toEqual([]);
    expect(statements.flatMap(({ actions }) => actions).filter((action) => action.includes('*'))).toEqual([]);
    expect(
      statements
        .filter(({ resources }) => resources.includes('*'))
        .flatMap(({ actions }) => actions)
        .filter((action) => !actionsOnAnything.includes(action)),
    ).toEqual([]);
  });

  it.each([
    ['Ingest', ingestNames],
    ['Results', resultsNames],
    ['Writer', writerNames],
    ['Maintenance', maintenanceNames],
    ['Migrations', migrateNames],
    ['Issuing', issuerNames],
  ] as const)('gives %s exactly the variables that it reads', (construct, names) => {
    const found = template.ofType('AWS::Lambda::Function').find(({ id }) => id.startsWith(construct));
    expect(Object.keys(found?.Properties.Environment.Variables ?? {}).toSorted()).toEqual(names.toSorted());
  });

  it('lets the issuer read every pass key where the office puts it, and no secret of another’s', () => {
    const issuer = template.ofType('AWS::Lambda::Function').find(({ id }) => id.startsWith('IssuingIssuer'));
    const prefix = issuer?.Properties.Environment.Variables.PASS_KEYS as string;
    expect(prefix).toBe(`ballotstream-${stage.name}/pass-keys/`);
    const named = template.resources
      .filter(({ id, Type }) => id.startsWith('IssuingIssuer') && identityPolicies.includes(Type))
      .flatMap(({ Properties }) => [Properties, ...(Properties.Policies ?? [])])
      .flatMap(({ PolicyDocument }) => PolicyDocument?.Statement ?? [])
      .filter(({ Action }) => [Action].flat().includes('secretsmanager:GetSecretValue'))
      .flatMap(({ Resource }) => [Resource].flat().map((one) => JSON.stringify(one)));
    expect(named).toEqual([
      expect.stringContaining(`:secret:${prefix}*"`),
      expect.stringContaining('AccessCodeKey'),
    ]);
  });

  it('calls live versions behind the load balancer, and sends results’ paths to results', () => {
    const called = (group: Resource) => {
      const [target] = group.Properties.Targets;
      const alias = template.follow(group, target.Id);
      expect(alias.Type).toBe('AWS::Lambda::Alias');
      expect(group.Properties.TargetGroupAttributes).toContainEqual({
        Key: 'lambda.multi_value_headers.enabled',
        Value: 'true',
      });
      return template.follow(alias, alias.Properties.FunctionName).id;
    };
    const targetOf = (resource: Resource, [action]: { TargetGroupArn: unknown }[]) =>
      called(template.follow(resource, action?.TargetGroupArn));
    const [listener] = template.ofType('AWS::ElasticLoadBalancingV2::Listener');
    const [rule] = template.ofType('AWS::ElasticLoadBalancingV2::ListenerRule');
    if (listener === undefined || rule === undefined) throw new Error('no listener');
    expect(targetOf(listener, listener.Properties.DefaultActions)).toMatch(/^Ingest/);
    expect(targetOf(rule, rule.Properties.Actions)).toMatch(/^Results/);
  });
});
