import { RemovalPolicy } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as waf from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { passFingerprintHeader } from '../../schema/wire/pass-fingerprint.ts';
import { edgeLimits } from '../edge-limits.ts';
import { firewallRules } from './firewall-rules.ts';
import { refusalBodies } from './firewall-statements.ts';

export interface FirewallProps {
  readonly name: string;
  readonly logRetentionDays: number;
}

/**
 * WAF logs no bodies, but the piece of one that a rule found ("matchedData"), and headers, also as what a rate counts by
 * ("rateBasedRuleList"): a kiosk's credential is one, and which pass a vote is of. Never, of any request (AWS,
 * "DataProtectionConfig"; "Data protection exceptions", of which there are none).
 */
const secrets: waf.CfnWebACL.DataProtectProperty[] = [
  { fieldType: 'BODY' },
  { fieldType: 'SINGLE_HEADER', fieldKeys: ['authorization', 'cookie', passFingerprintHeader] },
  { fieldType: 'SINGLE_COOKIE' },
].map((field) => ({ field, action: 'SUBSTITUTION' }));

/** What stands before the distribution. What it logs says who was turned away, not from what. */
export class Firewall extends Construct {
  readonly acl: waf.CfnWebACL;
  /** What its metrics go by. */
  readonly metricName: string;

  constructor(scope: Construct, id: string, { name, logRetentionDays }: FirewallProps) {
    super(scope, id);
    this.metricName = name;
    this.acl = new waf.CfnWebACL(this, 'Acl', {
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      customResponseBodies: refusalBodies,
      rules: firewallRules(),
      challengeConfig: { immunityTimeProperty: { immunityTime: edgeLimits.provedSeconds } },
      dataProtectionConfig: { dataProtections: secrets },
      visibilityConfig: {
        metricName: this.metricName,
        cloudWatchMetricsEnabled: true,
        sampledRequestsEnabled: false,
      },
    });
    const logGroup = new logs.LogGroup(this, 'Logs', {
      // AWS takes no other beginning.
      logGroupName: `aws-waf-logs-${name}`,
      retention: logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new waf.CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: this.acl.attrArn,
      logDestinationConfigs: [logGroup.logGroupArn],
      // An address beside a receipt's path would say whose vote it is. What paths were asked for is in the
      // distribution's own log, without addresses, and so is what was let through.
      redactedFields: [{ uriPath: {} }],
      loggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          {
            Behavior: 'KEEP',
            Requirement: 'MEETS_ANY',
            Conditions: [
              { ActionCondition: { Action: 'BLOCK' } },
              { ActionCondition: { Action: 'CHALLENGE' } },
            ],
          },
        ],
      },
    });
  }
}
