import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { contentSecurityPolicy, pageHeaders } from '../../lib/page-headers.ts';
import { pageOf } from '../../lib/page-paths.ts';
import { awsStages, stages } from '../../lib/stages.ts';
import { type Page, pages, publicPages, serviceWorkerPath } from '../../lib/web-pages.ts';
import { behaviorFor, judge } from '../support/firewall.ts';
import { synthesise } from '../support/template.ts';

/** Addresses of a page; the home page has one only. */
const addressesOf = ({ path }: Page): readonly string[] =>
  path === '/' ? [path] : ['', '/', '/demo', '/demo/A_-9', '/demo/x.y'].map((rest) => path + rest);

describe.each(awsStages)('pages of stage $name', (stage) => {
  const template = synthesise(stage);
  const [distribution] = template.ofType('AWS::CloudFront::Distribution');
  const [acl] = template.ofType('AWS::WAFv2::WebACL');
  if (distribution === undefined || acl === undefined) throw new Error('no edge');
  const config = distribution.Properties.DistributionConfig;
  const behaviorOf = (path: string) => behaviorFor(config, path);
  const originOf = (path: string) =>
    config.Origins.find(({ Id }: { Id: string }) => Id === behaviorOf(path).TargetOriginId);
  const bucketOf = (path: string) => template.follow(distribution, originOf(path).DomainName);

  it('come from one bucket, which lets nobody but this distribution read, and only read', () => {
    const bucket = bucketOf('/vote/demo');
    expect(bucket.Type).toBe('AWS::S3::Bucket');
    expect(bucket.Properties.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    for (const { path } of publicPages) expect(bucketOf(path).id).toBe(bucket.id);
    expect(bucketOf('/assets/x.js').id).toBe(bucket.id);
    const control = template.follow(distribution, originOf('/vote').OriginAccessControlId);
    expect(control.Properties.OriginAccessControlConfig).toMatchObject({
      OriginAccessControlOriginType: 's3',
      SigningBehavior: 'always',
      SigningProtocol: 'sigv4',
    });
    const policy = template
      .ofType('AWS::S3::BucketPolicy')
      .find((one) => template.follow(one, one.Properties.Bucket).id === bucket.id);
    const allowed = policy?.Properties.PolicyDocument.Statement.filter(
      ({ Effect }: { Effect: string }) => Effect === 'Allow',
    );
    expect(allowed).toHaveLength(1);
    expect(allowed[0]).toMatchObject({
      Action: 's3:GetObject',
      Principal: { Service: 'cloudfront.amazonaws.com' },
    });
    expect(template.follow(distribution, allowed[0].Condition.StringEquals['AWS:SourceArn']).id).toBe(
      distribution.id,
    );
  });

  it('are sent with the policy that the local front sends', () => {
    for (const path of ['/vote/demo', '/assets/x.js']) {
      const { SecurityHeadersConfig, CustomHeadersConfig } = template.follow(
        distribution,
        behaviorOf(path).ResponseHeadersPolicyId,
      ).Properties.ResponseHeadersPolicyConfig;
      expect(SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy).toBe(contentSecurityPolicy());
      const sent = CustomHeadersConfig.Items.map(({ Header, Value }: Record<string, string>) => [
        Header,
        Value,
      ]);
      expect(Object.fromEntries(sent)).toEqual(pageHeaders);
    }
  });

  it('are led to the file that the local front answers with, and nothing else is', () => {
    const association = behaviorOf('/vote/demo').FunctionAssociations[0];
    expect(association.EventType).toBe('viewer-request');
    const { FunctionCode } = template.follow(distribution, association.FunctionARN).Properties;
    const led = (uri: string): string =>
      runInNewContext(`${FunctionCode};handler(${JSON.stringify({ request: { uri } })}).uri`);
    for (const page of publicPages) {
      for (const address of addressesOf(page)) expect(led(address)).toBe(`/${page.name}.html`);
      expect(behaviorOf(page.path).FunctionAssociations).toEqual([association]);
      // The pattern has a star without a slash.
      expect(led(`${page.path}x`)).toBe('/nothing');
      if (page.path === '/') continue;
      const worker = serviceWorkerPath(page);
      expect(led(worker)).toBe(page.hasServiceWorker === true ? worker : `/${page.name}.html`);
    }
    for (const uri of ['//', '//vote', '/index.html', '/__proto__/x', '/vote.html', '/assets/x.js'])
      expect(led(uri)).toBe('/nothing');
    expect(behaviorOf('/assets/x.js').FunctionAssociations).toBeUndefined();
  });

  it('pass the firewall where they are public, and are not there at all where they are not', () => {
    for (const page of pages) {
      for (const address of addressesOf(page)) {
        const isPublic = publicPages.includes(page);
        expect([address, judge(acl, { method: 'GET', path: address }) === null]).toEqual([address, isPublic]);
        expect(originOf(address).S3OriginConfig !== undefined).toBe(isPublic);
      }
    }
    expect(judge(acl, { method: 'GET', path: '/ops' })).toMatchObject({ status: 404 });
    // The home page's pattern has no star: every other address below it is the API's, or refused.
    for (const path of ['/ops', '/openapi.json', '/healthz', '/v1/elections/demo', '/wp-admin'])
      expect([path, originOf(path).S3OriginConfig]).toEqual([path, undefined]);
  });

  it('lie in the bucket before a page names them', () => {
    const [first, second, ...others] = template.ofType('Custom::CDKBucketDeployment');
    expect([first?.id.includes('Assets'), second?.id.includes('Pages'), others]).toEqual([true, true, []]);
    const { DependsOn } = second as unknown as { DependsOn: readonly string[] };
    expect(DependsOn.some((id) => id === first?.id)).toBe(true);
    expect([first?.Properties.Prune, second?.Properties.Prune]).toEqual([false, false]);
  });
});

describe('an identity provider', () => {
  it('can be asked by pages where the deployment names it, and nobody else can', () => {
    const identityOrigins = ['https://id.example.org'];
    const deployment = { buildId: 'test', deployedAtMs: 1, onManagedInstances: false, forced: false };
    const template = synthesise(stages.dev, { ...deployment, identityOrigins });
    const policies = template
      .ofType('AWS::CloudFront::ResponseHeadersPolicy')
      .map(
        ({ Properties }) =>
          Properties.ResponseHeadersPolicyConfig.SecurityHeadersConfig.ContentSecurityPolicy
            .ContentSecurityPolicy as string,
      );
    expect(policies).toContain(contentSecurityPolicy(identityOrigins));
    expect(contentSecurityPolicy(identityOrigins)).toContain("connect-src 'self' https://id.example.org;");
    expect(contentSecurityPolicy()).toContain("connect-src 'self';");
  });
});

describe('the page of an address', () => {
  it('is the one whose path begins it, to the slash', () => {
    expect(pageOf(pages, '/vote/demo')?.name).toBe('vote');
    expect(pageOf(pages, '/vote')?.name).toBe('vote');
    expect(pageOf(pages, '/votes')).toBeUndefined();
    expect(pageOf(pages, '/')?.name).toBe('home');
    for (const path of ['//', '//vote', '/x', '']) expect(pageOf(pages, path)).toBeUndefined();
  });
});
