import { Duration, Validations } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import type * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type * as waf from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { Deployment } from '../deployment.ts';
import { resultsPaths } from '../listener-paths.ts';

export interface FrontProps {
  readonly loadBalancer: elb.IApplicationLoadBalancer;
  readonly acl: waf.CfnWebACL;
  readonly domain?: Deployment['domain'];
}

/** CloudFront gives up a request after this: later than the slowest function behind it. */
export const originReadSeconds = 10;
/** Shorter than the load balancer keeps an idle connection. */
export const originKeepAliveSeconds = 60;
/** No answer of ours says that it may be kept for longer. */
const cacheSecondsMax = 300;
/** Statuses that CloudFront would otherwise remember for 10 s: a retry must reach us. */
const errorStatuses = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];

/** What the internet reaches: nearest to the voter, with a private way to the load balancer. */
export class Front extends Construct {
  readonly distribution: cloudfront.Distribution;

  constructor(scope: Construct, id: string, props: FrontProps) {
    super(scope, id);
    const { domain } = props;
    const behavior = this.createBehavior(props);
    const cached = { ...behavior, cachePolicy: this.createCachePolicy() };
    this.distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: 'Ballotstream',
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      webAclId: props.acl.attrArn,
      // Answers say themselves how long they may be kept; those to votes say not at all.
      defaultBehavior: cached,
      additionalBehaviors: {
        '/v1/elections/*/votes*': { ...behavior, cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED },
        '/v1/elections/*/passes': { ...behavior, cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED },
        ...Object.fromEntries(resultsPaths.map((path) => [path, cached])),
      },
      errorResponses: errorStatuses.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
      ...(domain === undefined
        ? {}
        : {
            domainNames: [domain.name],
            minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2025,
            certificate: acm.Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
          }),
    });
    Validations.of(this.distribution).acknowledge(
      { id: 'AwsSolutions-CFR1', reason: 'Citizens vote from anywhere in the world.' },
      {
        id: 'AwsSolutions-CFR3',
        reason:
          'Logged by standard logging v2 (see AccessLog), which leaves out addresses and needs no ACL on the bucket.',
      },
      ...(domain === undefined
        ? [
            {
              id: 'AwsSolutions-CFR4',
              reason:
                'CloudFront’s own certificate, for who has no domain yet, has no other protocol version.',
            },
            {
              id: 'AwsSolutions-CFR5',
              reason:
                'No public certificate can exist for an internal load balancer without a domain; the way to it is private.',
            },
          ]
        : []),
    );
  }

  private createBehavior({ loadBalancer, domain }: FrontProps) {
    return {
      origin: origins.VpcOrigin.withApplicationLoadBalancer(loadBalancer, {
        // With a domain, TLS goes on to the load balancer, whose certificate is the domain's, as is the Host header.
        protocolPolicy:
          domain === undefined
            ? cloudfront.OriginProtocolPolicy.HTTP_ONLY
            : cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
        originSslProtocols: [cloudfront.OriginSslPolicy.TLS_V1_2],
        readTimeout: Duration.seconds(originReadSeconds),
        keepaliveTimeout: Duration.seconds(originKeepAliveSeconds),
        connectionAttempts: 3,
        connectionTimeout: Duration.seconds(2),
      }),
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
      // The only set with POST; methods that we do not have are answered 405.
      allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
      cachedMethods: cloudfront.CachedMethods.CACHE_GET_HEAD,
      compress: true,
      originRequestPolicy: this.createOriginRequestPolicy(),
      responseHeadersPolicy: this.createHeadersPolicy(),
    };
  }

  /** All that the viewer sent, and CloudFront's own word on where the viewer is: no header of theirs can forge it. */
  private createOriginRequestPolicy(): cloudfront.OriginRequestPolicy {
    return new cloudfront.OriginRequestPolicy(this, 'OriginRequest', {
      headerBehavior: cloudfront.OriginRequestHeaderBehavior.all('CloudFront-Viewer-Address'),
      queryStringBehavior: cloudfront.OriginRequestQueryStringBehavior.all(),
      cookieBehavior: cloudfront.OriginRequestCookieBehavior.none(),
    });
  }

  private createCachePolicy(): cloudfront.CachePolicy {
    return new cloudfront.CachePolicy(this, 'Cache', {
      minTtl: Duration.seconds(0),
      defaultTtl: Duration.seconds(0),
      maxTtl: Duration.seconds(cacheSecondsMax),
      queryStringBehavior: cloudfront.CacheQueryStringBehavior.allowList('by', 'region', 'after'),
      // Answers differ by it where a page of another origin asks.
      headerBehavior: cloudfront.CacheHeaderBehavior.allowList('Origin'),
      enableAcceptEncodingBrotli: true,
      enableAcceptEncodingGzip: true,
    });
  }

  private createHeadersPolicy(): cloudfront.ResponseHeadersPolicy {
    return new cloudfront.ResponseHeadersPolicy(this, 'Headers', {
      securityHeadersBehavior: {
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(730),
          includeSubdomains: true,
          override: true,
        },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: cloudfront.HeadersFrameOption.DENY, override: true },
        referrerPolicy: {
          referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER,
          override: true,
        },
      },
    });
  }
}
