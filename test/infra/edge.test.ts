import { describe, expect, it } from 'vitest';
import { idleTimeoutSeconds } from '../../lib/constructs/entrance.ts';
import { originKeepAliveSeconds, originReadSeconds } from '../../lib/constructs/front.ts';
import { edgeLimits } from '../../lib/edge-limits.ts';
import { awsStages, onManagedInstances, stages } from '../../lib/stages.ts';
import { synthesise } from '../support/template.ts';

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
  const acl = one(template.ofType('AWS::WAFv2::WebACL'));

  it('speaks HTTP/3, and nothing without TLS', () => {
    expect(config.HttpVersion).toBe('http2and3');
    expect(behaviors.map(({ ViewerProtocolPolicy }) => ViewerProtocolPolicy)).toEqual(
      behaviors.map(() => 'https-only'),
    );
  });

  it('caches no answer to a vote, and no error', () => {
    const votes = config.CacheBehaviors.find(
      ({ PathPattern }: { PathPattern: string }) => PathPattern === '/v1/elections/*/votes*',
    );
    // Managed-CachingDisabled: AWS, "Use managed cache policies".
    expect(votes.CachePolicyId).toBe('4135ea2d-6df8-44a3-9df3-4b5a84be39ad');
    expect(
      config.CustomErrorResponses.map((error: Record<string, number>) => error['ErrorCachingMinTTL']),
    ).toEqual(config.CustomErrorResponses.map(() => 0));
    for (const status of [500, 502, 503, 504]) {
      expect(config.CustomErrorResponses).toContainEqual({ ErrorCode: status, ErrorCachingMinTTL: 0 });
    }
  });

  it('tells ingest where a viewer is in a header that viewers cannot set', () => {
    for (const behavior of behaviors) {
      const policy = template.follow(distribution, behavior.OriginRequestPolicyId);
      const { HeadersConfig } = policy.Properties.OriginRequestPolicyConfig;
      expect(HeadersConfig.HeaderBehavior).toBe('allViewerAndWhitelistCloudFront');
      expect(HeadersConfig.Headers).toEqual(['CloudFront-Viewer-Address']);
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

  describe('the firewall', () => {
    interface Rule {
      readonly Name: string;
      readonly Action?: Record<string, unknown>;
      readonly Statement: unknown;
    }
    const rules = acl.Properties.Rules as readonly Rule[];
    const named = (name: string) => one(rules.filter(({ Name }) => Name === name));

    it('never challenges a vote: WAF would answer 202, as to an accepted one', () => {
      const challenging = rules.filter(({ Action = {} }) => 'Challenge' in Action || 'Captcha' in Action);
      expect(challenging.map(({ Name }) => Name)).toEqual(['challenge-pages']);
      const pattern = new RegExp(/"RegexString":"([^"]*)"/.exec(JSON.stringify(challenging))?.[1] ?? 'none');
      expect(pattern.test('/vote/demo')).toBe(true);
      expect(pattern.test('/v1/elections/demo/votes')).toBe(false);
    });

    it('lets through every path of the API and nothing made up', () => {
      const text =
        /"RegexString":"((?:[^"\\]|\\.)*)"/.exec(JSON.stringify(named('unknown-paths')))?.[1] ?? '';
      const ours = new RegExp(JSON.parse(`"${text}"`) as string);
      const election = '/v1/elections/general-2026';
      const receipt = 'A'.repeat(43);
      for (const path of [
        '/',
        '/healthz',
        '/openapi.json',
        '/favicon.ico',
        election,
        `${election}/votes`,
        `${election}/votes/batch`,
        `${election}/passes`,
        `${election}/results`,
        `${election}/receipts/${receipt}`,
        '/vote/general-2026',
        '/kiosk',
        '/results/general-2026',
        `/receipts/${receipt}`,
        '/assets/app.abc123.js',
      ])
        expect([path, ours.test(path)]).toEqual([path, true]);
      for (const path of [
        '/wp-admin',
        '/.env',
        `${election}/votes/../../x`,
        '/v2/elections/x',
        '/healthz/x',
        `/v1/elections/${'a'.repeat(65)}`,
      ])
        expect([path, ours.test(path)]).toEqual([path, false]);
    });

    it('blocks no body for what it says, and only beyond our own limit for its size', () => {
      const common = JSON.stringify(named('AWSManagedRulesCommonRuleSet'));
      for (const rule of [
        'SizeRestrictions_BODY',
        'CrossSiteScripting_BODY',
        'GenericLFI_BODY',
        'GenericRFI_BODY',
      ])
        expect(common).toContain(`{"ActionToUse":{"Count":{}},"Name":"${rule}"}`);
      expect(JSON.stringify(named('large-bodies'))).toContain(`"Size":${edgeLimits.bodyBytesMax}`);
    });

    it('limits addresses without a token more than clients by their fingerprint', () => {
      expect(JSON.stringify(named('requests-per-client'))).toContain('JA4Fingerprint');
      expect(edgeLimits.requestsPerAddress).toBeLessThan(edgeLimits.requestsPerClient);
      const tooMany = named('requests-per-address-without-token').Action as {
        Block: { CustomResponse: object };
      };
      expect(tooMany.Block.CustomResponse).toMatchObject({
        ResponseCode: 429,
        ResponseHeaders: [{ Name: 'Retry-After', Value: '60' }],
      });
    });

    it('has the reputation list, known bad inputs and bots of AWS in it', () => {
      expect(rules.map(({ Name }) => Name)).toEqual(
        expect.arrayContaining([
          'AWSManagedRulesAmazonIpReputationList',
          'AWSManagedRulesKnownBadInputsRuleSet',
          'AWSManagedRulesBotControlRuleSet',
        ]),
      );
    });

    it('logs what it refused, never a credential', () => {
      const logging = one(template.ofType('AWS::WAFv2::LoggingConfiguration'));
      expect(template.follow(logging, logging.Properties.ResourceArn).id).toBe(acl.id);
      expect(JSON.stringify(logging.Properties.RedactedFields)).toContain('authorization');
      expect(logging.Properties.LoggingFilter.DefaultBehavior).toBe('DROP');
      expect(JSON.stringify(acl.Properties)).not.toContain('"SampledRequestsEnabled":true');
    });
  });

  it('writes neither address nor agent of a voter into the access log', () => {
    const delivery = one(template.ofType('AWS::Logs::Delivery'));
    const fields = delivery.Properties.RecordFields as readonly string[];
    expect(fields).toContain('sc-status');
    expect(fields.filter((field) => /c-ip|user-agent|cookie|forwarded|query/i.test(field))).toEqual([]);
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
