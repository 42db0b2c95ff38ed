import { RemovalPolicy } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as waf from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { edgeLimits } from '../edge-limits.ts';
import { firewallRules } from './firewall-rules.ts';

export interface FirewallProps {
  readonly name: string;
  readonly logRetentionDays: number;
}

/** What stands before the distribution. Bodies are never logged: WAF does not, and what it does log says who came, not what they voted. */
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
      customResponseBodies: {
        tooMany: {
          contentType: 'APPLICATION_JSON',
          content: JSON.stringify({
            type: 'urn:ballotstream:problem:too-many-attempts',
            title: 'Too many attempts',
            status: 429,
            detail: 'Wait for `Retry-After` seconds before you try again. Repeating a vote is always safe.',
          }),
        },
      },
      rules: firewallRules(edgeLimits),
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
      redactedFields: [{ singleHeader: { Name: 'authorization' } }, { singleHeader: { Name: 'cookie' } }],
      // What was let through is in the distribution's own log, without addresses.
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
