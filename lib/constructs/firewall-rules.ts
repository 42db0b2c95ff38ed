import type * as waf from 'aws-cdk-lib/aws-wafv2';
import type { edgeLimits } from '../edge-limits.ts';

type Rule = waf.CfnWebACL.RuleProperty;
type Statement = waf.CfnWebACL.StatementProperty;
type PlainRule = Omit<Rule, 'priority' | 'visibilityConfig'>;

/**
 * Every path that there is: anything else costs no function a call. Pages for people stand beside the API.
 * WAF's own regular expressions, without look-around.
 */
const ourPaths =
  '^/(v1/elections/[a-z0-9-]{1,64}(/[a-zA-Z0-9/_-]{1,80})?|healthz|openapi\\.json|(vote|results|receipts|kiosk|assets)(/[a-zA-Z0-9._/-]{0,120})?|favicon\\.ico)?$';

/** On a request that a browser of ours made: AWS's own label, from the token that its script fetched. */
const hasToken: Statement = { labelMatchStatement: { scope: 'LABEL', key: 'awswaf:managed:token:accepted' } };

/**
 * The rules, in the order in which they are asked.
 *
 * A vote is never challenged: WAF answers a challenge to anything that is no page with status 202, which is
 * what an accepted vote gets too. Pages are challenged, and get a token; votes without one meet a lower limit
 * and a plain 429.
 */
export function firewallRules(limits: typeof edgeLimits): Rule[] {
  const rules: PlainRule[] = [
    { name: 'unknown-paths', statement: not(path('REGEX', ourPaths)), action: refuse(404) },
    {
      name: 'large-bodies',
      statement: and(largeBody(limits.bodyBytesMax), not(path('ENDS_WITH', '/votes/batch'))),
      action: refuse(413),
    },
    managed('AWSManagedRulesAmazonIpReputationList'),
    managed('AWSManagedRulesKnownBadInputsRuleSet'),
    // What a body may say is decided by our schemas, which know what a ballot is: these only count.
    managed('AWSManagedRulesCommonRuleSet', [
      'SizeRestrictions_BODY',
      'CrossSiteScripting_BODY',
      'GenericLFI_BODY',
      'GenericRFI_BODY',
      'EC2MetaDataSSRF_BODY',
      'NoUserAgent_HEADER',
    ]),
    // Kiosks and poll workers' tools are no browsers, and may be.
    managed(
      'AWSManagedRulesBotControlRuleSet',
      ['CategoryHttpLibrary', 'SignalNonBrowserUserAgent', 'CategoryMonitoring'],
      [{ awsManagedRulesBotControlRuleSet: { inspectionLevel: 'COMMON' } }],
    ),
    ...rateRules(limits),
  ];
  return rules.map((rule, priority) => ({
    ...rule,
    priority,
    visibilityConfig: {
      metricName: rule.name,
      cloudWatchMetricsEnabled: true,
      sampledRequestsEnabled: false,
    },
  }));
}

function rateRules(limits: typeof edgeLimits): PlainRule[] {
  const perAddress = (limit: number, scopeDownStatement: Statement): Statement => ({
    rateBasedStatement: {
      aggregateKeyType: 'IP',
      limit,
      evaluationWindowSec: limits.windowSeconds,
      scopeDownStatement,
    },
  });
  return [
    {
      name: 'challenge-pages',
      statement: perAddress(limits.requestsPerAddress, path('REGEX', '^/(vote|results)(/|$)')),
      action: { challenge: {} },
    },
    {
      name: 'passes-per-address',
      statement: perAddress(limits.passesPerAddress, path('ENDS_WITH', '/passes')),
      action: tooMany,
    },
    {
      name: 'requests-per-address-without-token',
      statement: perAddress(limits.requestsPerAddress, and(path('STARTS_WITH', '/v1/'), not(hasToken))),
      action: tooMany,
    },
    {
      name: 'requests-per-client',
      statement: {
        rateBasedStatement: {
          aggregateKeyType: 'CUSTOM_KEYS',
          customKeys: [{ ip: {} }, { ja4Fingerprint: { fallbackBehavior: 'MATCH' } }],
          limit: limits.requestsPerClient,
          evaluationWindowSec: limits.windowSeconds,
        },
      },
      action: tooMany,
    },
  ];
}

const tooMany: waf.CfnWebACL.RuleActionProperty = {
  block: {
    customResponse: {
      responseCode: 429,
      customResponseBodyKey: 'tooMany',
      responseHeaders: [{ name: 'Retry-After', value: '60' }],
    },
  },
};

const refuse = (responseCode: 404 | 413): waf.CfnWebACL.RuleActionProperty => ({
  block: { customResponse: { responseCode } },
});

/** A rule group that AWS keeps; those named only count. */
function managed(
  name: string,
  counted: readonly string[] = [],
  configs: waf.CfnWebACL.ManagedRuleGroupConfigProperty[] = [],
): PlainRule {
  const ruleActionOverrides = counted.map((rule) => ({ name: rule, actionToUse: { count: {} } }));
  return {
    name,
    overrideAction: { none: {} },
    statement: {
      managedRuleGroupStatement: {
        vendorName: 'AWS',
        name,
        ...(ruleActionOverrides.length === 0 ? {} : { ruleActionOverrides }),
        ...(configs.length === 0 ? {} : { managedRuleGroupConfigs: configs }),
      },
    },
  };
}

function path(how: 'REGEX' | 'STARTS_WITH' | 'ENDS_WITH', what: string): Statement {
  const match = { fieldToMatch: { uriPath: {} }, textTransformations: [{ priority: 0, type: 'NONE' }] };
  return how === 'REGEX'
    ? { regexMatchStatement: { ...match, regexString: what } }
    : { byteMatchStatement: { ...match, positionalConstraint: how, searchString: what } };
}

/** Beyond what WAF inspects (16 KB) it cannot tell how large a body is, only that it is larger. */
const largeBody = (bytes: number): Statement => ({
  sizeConstraintStatement: {
    fieldToMatch: { body: { oversizeHandling: 'MATCH' } },
    comparisonOperator: 'GT',
    size: bytes,
    textTransformations: [{ priority: 0, type: 'NONE' }],
  },
});

const not = (statement: Statement): Statement => ({ notStatement: { statement } });
const and = (...statements: Statement[]): Statement => ({ andStatement: { statements } });
