import { Annotations, CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Firewall } from '../constructs/firewall.ts';
import { Front } from '../constructs/front.ts';
import { FrontLog } from '../constructs/front-log.ts';
import { PageFiles } from '../constructs/page-files.ts';
import type { Deployment } from '../deployment.ts';
import type { Stage } from '../stages.ts';
import type { DataStack } from './data-stack.ts';
import type { ServiceStack } from './service-stack.ts';

export interface EdgeStackProps extends StackProps {
  readonly stage: Stage;
  readonly deployment: Deployment;
  readonly data: DataStack;
  readonly service: ServiceStack;
}

/** What the internet reaches: the distribution, and the firewall in front of it. Has to be in us-east-1. */
export class EdgeStack extends Stack {
  readonly firewall: Firewall;
  readonly front: Front;

  constructor(scope: Construct, id: string, props: EdgeStackProps) {
    const { stage, deployment, data, service, ...stackProps } = props;
    super(scope, id, stackProps);
    const name = `ballotstream-${stage.name}`;
    this.firewall = new Firewall(this, 'Firewall', { name, logRetentionDays: stage.logRetentionDays });
    const pages = new PageFiles(this, 'PageFiles', {
      name,
      accessLogs: data.accessLogs,
      identityOrigins: deployment.identityOrigins ?? [],
    });
    this.front = new Front(this, 'Front', {
      name,
      loadBalancer: service.entrance.loadBalancer,
      acl: this.firewall.acl,
      pages: pages.behaviors,
      domain: deployment.domain,
    });
    new FrontLog(this, 'AccessLog', {
      name,
      distribution: this.front.distribution,
      bucket: data.accessLogs,
    });
    if (stage.name === 'peak' && deployment.domain === undefined) {
      Annotations.of(this).addInfoV2(
        'ballotstream:no-domain',
        'Without -c domain=… -c certificate=… CloudFront’s way to the load balancer is private, but not encrypted by us.',
      );
    }
    new CfnOutput(this, 'DistributionName', {
      description: 'What the name of a domain has to lead to (CNAME or alias)',
      value: this.front.distribution.distributionDomainName,
    });
    new CfnOutput(this, 'Address', {
      description: 'Where voters come to',
      value: `https://${deployment.domain?.name ?? this.front.distribution.distributionDomainName}`,
    });
  }
}
