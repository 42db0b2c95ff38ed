import { Duration, Validations } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import type * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type * as waf from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { Deployment } from '../deployment.ts';
import { queriedPath, sendingPaths } from '../edge-paths.ts';
import { keptAsTold, readingRequests, securityHeaders, sendingRequests } from './front-policies.ts';

export interface FrontProps {
  /** Of the stage, unique in the account. */
  readonly name: string;
  readonly loadBalancer: elb.IApplicationLoadBalancer;
  readonly acl: waf.CfnWebACL;
  /** Of pages, which are nobody's function. */
  readonly pages: Readonly<Record<string, cloudfront.BehaviorOptions>>;
  readonly domain?: Deployment['domain'];
}

/** CloudFront gives up a request after this: later than the slowest function behind it. */
export const originReadSeconds = 10;
/** Shorter than the load balancer keeps an idle connection. */
export const originKeepAliveSeconds = 60;
/** Statuses that CloudFront would otherwise remember for 10 s: a retry must reach us. */
const errorStatuses = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];

/**
 * What the internet reaches: nearest to the voter, with a private way to the load balancer.
 *
 * No Origin Shield: votes would pay for another stop, and the dozen regional caches that ask for results do so
 * once a second each. No restriction by country. Pages are behaviors with an origin of their own; the default one
 * is the API's.
 */
export class Front extends Construct {
  readonly distribution: cloudfront.Distribution;

  constructor(scope: Construct, id: string, props: FrontProps) {
    super(scope, id);
    const { name, domain } = props;
    const both = {
      origin: this.createOrigin(props),
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
      compress: true,
      responseHeadersPolicy: securityHeaders(this),
    };
    const reading = {
      ...both,
      allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
      cachedMethods: cloudfront.CachedMethods.CACHE_GET_HEAD,
      originRequestPolicy: readingRequests(this, name),
    };
    const sending = {
      ...both,
      // The only set with POST; the firewall takes the others out.
      allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
      originRequestPolicy: sendingRequests(this, name),
      cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
    };
    this.distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: 'Ballotstream',
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      enableIpv6: true,
      // Voters abroad vote too, and wherever they are the nearest edge is the fastest.
      priceClass: cloudfront.PriceClass.PRICE_CLASS_ALL,
      // Errors by status, and what the origin takes: what to look at when edge-errors goes off.
      publishAdditionalMetrics: true,
      webAclId: props.acl.attrArn,
      defaultBehavior: { ...reading, cachePolicy: keptAsTold(this, name, false) },
      additionalBehaviors: {
        ...Object.fromEntries(sendingPaths.map((path) => [path, sending])),
        ...props.pages,
        [queriedPath]: { ...reading, cachePolicy: keptAsTold(this, name, true) },
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
    this.acknowledgeFindings(domain === undefined);
  }

  /**
   * With a domain, TLS goes on to the load balancer: its certificate is the domain's, and CloudFront compares it
   * with the `Host` that is passed on (AWS, "HTTP 502, SSL negotiation").
   */
  private createOrigin({ loadBalancer, domain }: FrontProps): cloudfront.IOrigin {
    const isTls = domain !== undefined;
    // A VPC origin cannot be changed while a distribution uses it (CloudFront answers 409), not even a tag:
    // with TLS it is another one.
    const origin = new cloudfront.VpcOrigin(this, isTls ? 'EncryptedOrigin' : 'PlainOrigin', {
      endpoint: cloudfront.VpcOriginEndpoint.applicationLoadBalancer(loadBalancer),
      protocolPolicy: isTls
        ? cloudfront.OriginProtocolPolicy.HTTPS_ONLY
        : cloudfront.OriginProtocolPolicy.HTTP_ONLY,
      originSslProtocols: [cloudfront.OriginSslPolicy.TLS_V1_2],
    });
    return origins.VpcOrigin.withVpcOrigin(origin, {
      readTimeout: Duration.seconds(originReadSeconds),
      keepaliveTimeout: Duration.seconds(originKeepAliveSeconds),
      connectionAttempts: 3,
      connectionTimeout: Duration.seconds(2),
    });
  }

  private acknowledgeFindings(isWithoutDomain: boolean): void {
    Validations.of(this.distribution).acknowledge(
      { id: 'AwsSolutions-CFR1', reason: 'Citizens vote from anywhere in the world.' },
      {
        id: 'AwsSolutions-CFR3',
        reason:
          'Logged by standard logging v2 (see AccessLog), which leaves out addresses and needs no ACL on the bucket.',
      },
    );
    if (!isWithoutDomain) return;
    Validations.of(this.distribution).acknowledge(
      {
        id: 'AwsSolutions-CFR4',
        reason: 'CloudFront’s own certificate, for who has no domain yet, has no other protocol version.',
      },
      {
        id: 'AwsSolutions-CFR5',
        reason:
          'No public certificate can exist for an internal load balancer without a domain; the way to it is private.',
      },
    );
  }
}
