import { describe, expect, it } from 'vitest';
import { openapiDocument } from '../../functions/ingest/openapi.ts';
import { limits } from '../../lib/capacity/limits.ts';
import { idleTimeoutSeconds } from '../../lib/constructs/entrance.ts';
import { originKeepAliveSeconds, originReadSeconds } from '../../lib/constructs/front.ts';
import { awsStages, onManagedInstances, stages } from '../../lib/stages.ts';
import { behaviorFor } from '../support/firewall.ts';
import { type Resource, synthesise } from '../support/template.ts';

const domain = {
  name: 'vote.example.org',
  certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/0f6a-1',
};
const withDomain = { buildId: 'test', deployedAtMs: 1, onManagedInstances: false, forced: false, domain };
const one = <T>([first, ...others]: readonly T[]): T => {
  if (first === undefined || others.length > 0) throw new Error(`${others.length + 1} instead of one`);
  return first;
};

describe.each(awsStages)('stage $name', (stage) => {
  const template = synthesise(stage);
  const distribution = one(template.ofType('AWS::CloudFront::Distribution'));
  const config = distribution.Properties.DistributionConfig;
  const behaviors = [config.DefaultCacheBehavior, ...config.CacheBehaviors];

  it('speaks HTTP/3, and nothing without TLS', () => {
    expect(config.HttpVersion).toBe('http2and3');
    expect(behaviors.map(({ ViewerProtocolPolicy }) => ViewerProtocolPolicy)).toEqual(
      behaviors.map(() => 'https-only'),
    );
  });

  it('keeps no answer to what is sent, and no error', () => {
    for (const rest of ['votes', 'votes/batch', 'passes']) {
      const { PathPattern, CachePolicyId } = behaviorFor(config, `/v1/elections/demo/${rest}`);
      // Managed-CachingDisabled: AWS, "Use managed cache policies".
      expect([PathPattern, CachePolicyId]).toEqual([
        `/v1/elections/*/${rest}`,
        '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
      ]);
    }
    expect(
      config.CustomErrorResponses.map((error: Record<string, number>) => error['ErrorCachingMinTTL']),
    ).toEqual(config.CustomErrorResponses.map(() => 0));
    for (const status of [500, 502, 503, 504]) {
      expect(config.CustomErrorResponses).toContainEqual({ ErrorCode: status, ErrorCachingMinTTL: 0 });
    }
  });

  it('keeps answers to who reads for as long as they say, by the query where it matters', () => {
    const keyOf = (path: string) => {
      const { MinTTL, DefaultTTL, ParametersInCacheKeyAndForwardedToOrigin } = template.follow(
        distribution,
        behaviorFor(config, path).CachePolicyId,
      ).Properties.CachePolicyConfig;
      expect([MinTTL, DefaultTTL]).toEqual([0, 0]);
      const { QueryStringsConfig, HeadersConfig, CookiesConfig } = ParametersInCacheKeyAndForwardedToOrigin;
      expect([HeadersConfig.HeaderBehavior, CookiesConfig.CookieBehavior]).toEqual(['none', 'none']);
      return QueryStringsConfig;
    };
    expect(keyOf('/v1/elections/demo')).toEqual({ QueryStringBehavior: 'none' });
    const { QueryStringBehavior, QueryStrings } = keyOf('/v1/elections/demo/results');
    expect(QueryStringBehavior).toBe('whitelist');
    // Every parameter that the API publishes for results, and no other.
    expect(QueryStrings.toSorted()).toEqual(
      openapiDocument.paths['/v1/elections/{election}/results'].get.parameters
        .filter((parameter) => parameter.in === 'query')
        .map(({ name }) => name)
        .toSorted(),
    );
  });

  it('shows the origin nothing of a reader’s request that is not part of what is kept, but the host and address', () => {
    for (const path of ['/v1/elections/demo', '/v1/elections/demo/results', '/healthz']) {
      const policy = template.follow(distribution, behaviorFor(config, path).OriginRequestPolicyId);
      expect(policy.Properties.OriginRequestPolicyConfig).toMatchObject({
        HeadersConfig: { HeaderBehavior: 'whitelist', Headers: ['Host', 'CloudFront-Viewer-Address'] },
        QueryStringsConfig: { QueryStringBehavior: 'none' },
        CookiesConfig: { CookieBehavior: 'none' },
      });
    }
  });

  it('tells ingest where a voter is in a header that voters cannot set, and not in one that they can', () => {
    for (const rest of ['votes', 'votes/batch', 'passes']) {
      const behavior = behaviorFor(config, `/v1/elections/demo/${rest}`);
      const policy = template.follow(distribution, behavior.OriginRequestPolicyId);
      expect(policy.Properties.OriginRequestPolicyConfig).toMatchObject({
        HeadersConfig: {
          HeaderBehavior: 'allViewerAndWhitelistCloudFront',
          Headers: ['CloudFront-Viewer-Address'],
        },
        CookiesConfig: { CookieBehavior: 'none' },
      });
    }
    const { Properties } = one(template.ofType('AWS::ElasticLoadBalancingV2::LoadBalancer'));
    expect(Properties.LoadBalancerAttributes).toContainEqual({
      Key: 'routing.http.xff_header_processing.mode',
      Value: 'remove',
    });
  });

  it('sends every answer with the headers that keep browsers from sniffing, framing and downgrading', () => {
    for (const behavior of behaviors) {
      const { SecurityHeadersConfig } = template.follow(distribution, behavior.ResponseHeadersPolicyId)
        .Properties.ResponseHeadersPolicyConfig;
      expect(SecurityHeadersConfig).toMatchObject({
        StrictTransportSecurity: { AccessControlMaxAgeSec: 63_072_000, Override: true },
        ContentTypeOptions: { Override: true },
        FrameOptions: { FrameOption: 'DENY', Override: true },
        ReferrerPolicy: { ReferrerPolicy: 'no-referrer', Override: true },
        // A page's own is not overridden.
        ContentSecurityPolicy: { Override: false },
      });
    }
  });

  it('waits for an origin longer than any function behind it may take', () => {
    const answering = ['Ingest', 'Results'].map((name) =>
      one(template.ofType('AWS::Lambda::Function').filter(({ id }) => id.startsWith(`${name}Function`))),
    );
    for (const { Properties } of answering) expect(Properties.Timeout).toBeLessThan(originReadSeconds);
    const { VpcOriginConfig } = config.Origins[0];
    expect([VpcOriginConfig.OriginReadTimeout, VpcOriginConfig.OriginKeepaliveTimeout]).toEqual([
      originReadSeconds,
      originKeepAliveSeconds,
    ]);
  });

  it('keeps connections at the load balancer longer than CloudFront does', () => {
    expect(idleTimeoutSeconds).toBeGreaterThan(originKeepAliveSeconds);
    // What the plan counts connections with.
    expect(limits.originKeepAliveSeconds).toBe(originKeepAliveSeconds);
    const { Properties } = one(template.ofType('AWS::ElasticLoadBalancingV2::LoadBalancer'));
    expect(Properties.LoadBalancerAttributes).toContainEqual({
      Key: 'idle_timeout.timeout_seconds',
      Value: String(idleTimeoutSeconds),
    });
  });

  it('reserves what the plan says of the load balancer', () => {
    const { Properties } = one(template.ofType('AWS::ElasticLoadBalancingV2::LoadBalancer'));
    expect(Properties.MinimumLoadBalancerCapacity?.CapacityUnits ?? 0).toBe(stage.loadBalancerUnits);
  });

  it('writes neither address nor agent of a voter into the access log, nor what leads to them in the firewall’s', () => {
    const delivery = one(template.ofType('AWS::Logs::Delivery'));
    const fields = delivery.Properties.RecordFields as readonly string[];
    expect(fields).toContain('sc-status');
    expect(
      fields.filter((field) => /c-ip|user-agent|cookie|forwarded|query|request-id/i.test(field)),
    ).toEqual([]);
  });
});

describe('with a domain', () => {
  const template = synthesise(stages.dev, withDomain);
  const config = one(template.ofType('AWS::CloudFront::Distribution')).Properties.DistributionConfig;

  it('is reached under it, with TLS 1.2 at least', () => {
    expect(config.Aliases).toEqual([domain.name]);
    expect(config.ViewerCertificate.MinimumProtocolVersion).toBe('TLSv1.2_2025');
  });

  it('goes on with TLS to the load balancer', () => {
    const origin = one(template.ofType('AWS::CloudFront::VpcOrigin')).Properties.VpcOriginEndpointConfig;
    expect(origin.OriginProtocolPolicy).toBe('https-only');
    const listener = one(template.ofType('AWS::ElasticLoadBalancingV2::Listener')).Properties;
    expect([listener.Protocol, listener.Port]).toEqual(['HTTPS', 443]);
    expect(template.findings).toEqual([]);
  });

  it('passes the host on that the load balancer’s certificate is for', () => {
    const distribution = one(template.ofType('AWS::CloudFront::Distribution'));
    const { Id } = config.Origins.find((one: Resource['Properties']) => one.VpcOriginConfig !== undefined);
    const policies = [config.DefaultCacheBehavior, ...config.CacheBehaviors]
      .filter(({ TargetOriginId }) => TargetOriginId === Id)
      .map(
        ({ OriginRequestPolicyId }) =>
          template.follow(distribution, OriginRequestPolicyId).Properties.OriginRequestPolicyConfig
            .HeadersConfig,
      );
    expect(policies.length).toBeGreaterThan(4);
    for (const { HeaderBehavior, Headers } of policies)
      expect(HeaderBehavior === 'allViewerAndWhitelistCloudFront' || Headers.includes('Host')).toBe(true);
  });

  it('has another VPC origin than without: one that is in use cannot be changed', () => {
    const originOf = (from: typeof template) => {
      const { id, Properties } = one(from.ofType('AWS::CloudFront::VpcOrigin'));
      return { id, name: Properties.VpcOriginEndpointConfig.Name as string };
    };
    const [plain, encrypted] = [originOf(synthesise(stages.dev)), originOf(template)];
    expect(plain.id).not.toBe(encrypted.id);
    expect(plain.name).not.toBe(encrypted.name);
  });
});

describe('two stages in one account', () => {
  /** Where a name stands that only one resource of an account may have. */
  const names: Readonly<Record<string, (properties: Resource['Properties']) => unknown>> = {
    'AWS::CloudFront::CachePolicy': ({ CachePolicyConfig }) => CachePolicyConfig.Name,
    'AWS::CloudFront::OriginRequestPolicy': ({ OriginRequestPolicyConfig }) => OriginRequestPolicyConfig.Name,
    'AWS::CloudFront::ResponseHeadersPolicy': ({ ResponseHeadersPolicyConfig }) =>
      ResponseHeadersPolicyConfig.Name,
    'AWS::CloudFront::VpcOrigin': ({ VpcOriginEndpointConfig }) => VpcOriginEndpointConfig.Name,
    'AWS::Logs::DeliverySource': ({ Name }) => Name,
    'AWS::Logs::DeliveryDestination': ({ Name }) => Name,
    'AWS::Logs::LogGroup': ({ LogGroupName }) => LogGroupName,
  };
  const [dev, peak] = [synthesise(stages.dev), synthesise(stages.peak)];

  it.each(Object.entries(names))('do not fight over the name of a %s', (type, nameOf) => {
    const namesIn = (template: typeof dev) =>
      template
        .ofType(type)
        .map(({ Properties }) => nameOf(Properties))
        .filter((name) => name !== undefined);
    const taken = namesIn(dev);
    expect(taken).not.toEqual([]);
    expect(namesIn(peak).filter((name) => taken.includes(name))).toEqual([]);
  });
});

describe('without a domain', () => {
  it('tells whoever deploys the peak that the way to the load balancer is not encrypted', () => {
    expect(synthesise(stages.peak).notices.join()).toContain('not encrypted');
    expect(synthesise(stages.peak, withDomain).notices).toEqual([]);
  });
});

describe('zones of a deployment', () => {
  it('take the place of the stage’s, for everything', () => {
    const zones = ['us-east-1b', 'us-east-1d', 'us-east-1f'] as const;
    const template = synthesise(stages.peak, { ...withDomain, zones });
    const subnets = template.ofType('AWS::EC2::Subnet').map(({ Properties }) => Properties.AvailabilityZone);
    expect([...new Set(subnets)].toSorted()).toEqual(zones);
    expect(JSON.stringify(template.resources)).not.toMatch(/us-east-1[ac]"/);
  });
});

describe('what is kept ready', () => {
  const voting = { opensAt: new Date('2026-11-03T11:00:00Z'), closesAt: new Date('2026-11-04T01:00:00Z') };
  const peak = synthesise(stages.peak, { ...withDomain, voting });
  const { ingest } = stages.peak;
  if (ingest.kind !== 'provisioned-concurrency') throw new Error('the peak keeps environments ready');

  it('is on the alias that the load balancer calls', () => {
    const listener = one(peak.ofType('AWS::ElasticLoadBalancingV2::Listener'));
    const group = peak.follow(listener, listener.Properties.DefaultActions[0].TargetGroupArn);
    const alias = peak.follow(group, group.Properties.Targets[0].Id);
    expect(alias.Type).toBe('AWS::Lambda::Alias');
    expect(alias.Properties.ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions).toBe(ingest.idle);
    const scaling = one(peak.ofType('AWS::ApplicationAutoScaling::ScalableTarget'));
    expect(peak.follow(scaling, scaling.Properties.ResourceId).id).toMatch(/^Ingest/);
  });

  it('is nothing where the stage keeps nothing', () => {
    expect(synthesise(stages.dev).ofType('AWS::ApplicationAutoScaling::ScalableTarget')).toEqual([]);
  });

  it('is instances of ours where a deployment says so, with ways to what ingest needs and none outside', () => {
    const managed = synthesise(onManagedInstances(stages.peak));
    const provider = one(managed.ofType('AWS::Lambda::CapacityProvider'));
    const ingestFunction = one(
      managed.ofType('AWS::Lambda::Function').filter(({ id }) => id.startsWith('IngestFunction')),
    );
    expect(JSON.stringify(ingestFunction.Properties.CapacityProviderConfig)).toContain(provider.id);
    expect(managed.findings).toEqual([]);
    const services = managed
      .ofType('AWS::EC2::VPCEndpoint')
      .map(({ Properties }) => JSON.stringify(Properties.ServiceName));
    for (const service of ['kinesis-streams', 'sqs', 'logs', 's3'])
      expect(services.some((name) => name.includes(service))).toBe(true);
    expect(() => onManagedInstances(stages.dev)).toThrow('peak');
  });
});
