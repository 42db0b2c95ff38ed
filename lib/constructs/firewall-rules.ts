import type * as waf from 'aws-cdk-lib/aws-wafv2';
import { voteBodyBytesMax } from '../../schema/wire/limits.ts';
import { pathPatterns } from '../edge-paths.ts';
import { rateOfAddresses, ratesOfClients, ratesOfVotes } from './firewall-rates.ts';
import {
  and,
  largerBody,
  method,
  not,
  type PlainRule,
  path,
  type Rule,
  refuse,
} from './firewall-statements.ts';

const reading = ['GET', 'HEAD', 'OPTIONS'] as const;
const sending = ['POST', 'OPTIONS'] as const;
const isSending = path(pathPatterns.sending);

/** What no function of ours would answer otherwise: refused here, it costs none a call. */
const shapes: readonly PlainRule[] = [
  { name: 'unknown-paths', statement: not(path(pathPatterns.known)), action: refuse('not-found') },
  {
    name: 'methods-of-sending',
    statement: and(isSending, not(method(...sending))),
    action: refuse('method-not-allowed', { allow: sending.join(', ') }),
  },
  {
    name: 'methods-of-reading',
    statement: and(not(isSending), not(method(...reading))),
    action: refuse('method-not-allowed', { allow: reading.join(', ') }),
  },
  // A kiosk's batch may have 1 MiB, which is more than WAF looks at: the load balancer has that limit too.
  {
    name: 'large-bodies',
    statement: and(largerBody(voteBodyBytesMax), not(path('/votes/batch$'))),
    action: refuse('body-too-large'),
  },
];

const managedRules: readonly PlainRule[] = [
  managed('AWSManagedRulesAmazonIpReputationList'),
  managed('AWSManagedRulesKnownBadInputsRuleSet'),
  // What a body may say is decided by our schemas, which know what a ballot is: these only count. The first
  // would refuse every body above 8 KB, which is half of what a vote may have.
  managed('AWSManagedRulesCommonRuleSet', [
    'SizeRestrictions_BODY',
    'CrossSiteScripting_BODY',
    'GenericLFI_BODY',
    'GenericRFI_BODY',
    'EC2MetaDataSSRF_BODY',
    'NoUserAgent_HEADER',
  ]),
  // Kiosks and poll workers' tools are no browsers, and may be; a voter may come through a VPN, which has its
  // addresses where bots have theirs. What says of itself that it is a bot stays out.
  managed(
    'AWSManagedRulesBotControlRuleSet',
    ['CategoryHttpLibrary', 'SignalNonBrowserUserAgent', 'CategoryMonitoring', 'SignalKnownBotDataCenter'],
    [{ awsManagedRulesBotControlRuleSet: { inspectionLevel: 'COMMON' } }],
  ),
];

/** The rules, in the order in which they are asked: the cheapest first. Together about 1,270 of 1,500 capacity units. */
export function firewallRules(): Rule[] {
  return [...shapes, rateOfAddresses, ...ratesOfVotes, ...managedRules, ...ratesOfClients].map(
    (rule, priority) => ({
      ...rule,
      priority,
      visibilityConfig: {
        metricName: rule.name,
        cloudWatchMetricsEnabled: true,
        sampledRequestsEnabled: false,
      },
    }),
  );
}

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
