import { Duration } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';
import { queryParameters } from '../edge-paths.ts';
import { contentSecurityPolicy, pageHeaders } from '../page-headers.ts';

// Names of policies are the account's: the CDK's own leave out the stage, and a second stage could not be deployed.

/** No answer of ours says that it may be kept for longer. */
const cacheSecondsMax = 300;
/** CloudFront's own word on where a viewer is: it overwrites what a viewer may have written there. */
const viewerAddress = 'CloudFront-Viewer-Address';

/**
 * What reaches the origin with something to read: only what the answer may depend on, so that nobody can make
 * the edge keep, or hand to others who ask at the same moment, an answer to a question of their own.
 * `Host` is what the load balancer's certificate is for.
 */
export function readingRequests(scope: Construct, stage: string): cloudfront.OriginRequestPolicy {
  return new cloudfront.OriginRequestPolicy(scope, 'ReadingRequests', {
    originRequestPolicyName: `${stage}-reading`,
    headerBehavior: cloudfront.OriginRequestHeaderBehavior.allowList('Host', viewerAddress),
    queryStringBehavior: cloudfront.OriginRequestQueryStringBehavior.none(),
    cookieBehavior: cloudfront.OriginRequestCookieBehavior.none(),
  });
}

/** With something to send, all headers: a kiosk's `Authorization` cannot be named in such a list. Nothing is kept of it. */
export function sendingRequests(scope: Construct, stage: string): cloudfront.OriginRequestPolicy {
  return new cloudfront.OriginRequestPolicy(scope, 'SendingRequests', {
    originRequestPolicyName: `${stage}-sending`,
    headerBehavior: cloudfront.OriginRequestHeaderBehavior.all(viewerAddress),
    queryStringBehavior: cloudfront.OriginRequestQueryStringBehavior.none(),
    cookieBehavior: cloudfront.OriginRequestCookieBehavior.none(),
  });
}

/** Answers say themselves how long they may be kept; those that say nothing are not. */
export function keptAsTold(scope: Construct, stage: string, isQueried: boolean): cloudfront.CachePolicy {
  return new cloudfront.CachePolicy(scope, isQueried ? 'KeptByQuery' : 'Kept', {
    cachePolicyName: `${stage}-kept${isQueried ? '-by-query' : ''}`,
    minTtl: Duration.seconds(0),
    defaultTtl: Duration.seconds(0),
    maxTtl: Duration.seconds(cacheSecondsMax),
    // Part of the key, and so passed on.
    queryStringBehavior: isQueried
      ? cloudfront.CacheQueryStringBehavior.allowList(...queryParameters)
      : cloudfront.CacheQueryStringBehavior.none(),
    headerBehavior: cloudfront.CacheHeaderBehavior.none(),
    cookieBehavior: cloudfront.CacheCookieBehavior.none(),
    enableAcceptEncodingBrotli: true,
    enableAcceptEncodingGzip: true,
  });
}

export function securityHeaders(scope: Construct): cloudfront.ResponseHeadersPolicy {
  return new cloudfront.ResponseHeadersPolicy(scope, 'Headers', {
    // For answers that say nothing themselves.
    securityHeadersBehavior: securityHeadersWith("default-src 'none'; frame-ancestors 'none'"),
  });
}

/** @param identityOrigins see `contentSecurityPolicy` */
export function headersOfPages(
  scope: Construct,
  identityOrigins: readonly string[],
): cloudfront.ResponseHeadersPolicy {
  return new cloudfront.ResponseHeadersPolicy(scope, 'PageHeaders', {
    securityHeadersBehavior: securityHeadersWith(contentSecurityPolicy(identityOrigins)),
    customHeadersBehavior: {
      customHeaders: Object.entries(pageHeaders).map(([header, value]) => ({
        header,
        value,
        override: true,
      })),
    },
  });
}

function securityHeadersWith(contentSecurityPolicy: string): cloudfront.ResponseSecurityHeadersBehavior {
  return {
    strictTransportSecurity: {
      accessControlMaxAge: Duration.days(730),
      includeSubdomains: true,
      override: true,
    },
    contentTypeOptions: { override: true },
    frameOptions: { frameOption: cloudfront.HeadersFrameOption.DENY, override: true },
    referrerPolicy: { referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER, override: true },
    contentSecurityPolicy: { contentSecurityPolicy, override: false },
  };
}
