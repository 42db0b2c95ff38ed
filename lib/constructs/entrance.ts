import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { LambdaTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { resultsPaths } from '../listener-paths.ts';

export interface EntranceProps {
  readonly vpc: ec2.IVpc;
  /** Who may knock: the network's own addresses. */
  readonly callersCidr: string;
  readonly ingest: lambda.IFunction;
  readonly results: lambda.IFunction;
  readonly accessLogs: s3.IBucket;
}

/** The load balancer: internal, so that nobody gets round what stands at the edge. */
export class Entrance extends Construct {
  readonly loadBalancer: elb.ApplicationLoadBalancer;

  constructor(scope: Construct, id: string, props: EntranceProps) {
    super(scope, id);
    const { vpc } = props;
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Load balancer',
      allowAllOutbound: false,
    });
    securityGroup.addIngressRule(ec2.Peer.ipv4(props.callersCidr), ec2.Port.HTTP, 'from within the network');
    this.loadBalancer = new elb.ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      internetFacing: false,
      securityGroup,
      dropInvalidHeaderFields: true,
      deletionProtection: true,
    });
    this.loadBalancer.logAccessLogs(props.accessLogs, 'load-balancer');
    const listener = this.loadBalancer.addListener('Http', {
      port: 80,
      protocol: elb.ApplicationProtocol.HTTP,
      open: false,
      defaultAction: elb.ListenerAction.forward([this.targetGroup('Ingest', props.ingest)]),
    });
    listener.addAction('ResultsPaths', {
      priority: 10,
      conditions: [elb.ListenerCondition.pathPatterns([...resultsPaths])],
      action: elb.ListenerAction.forward([this.targetGroup('Results', props.results)]),
    });
  }

  /** Health checks stay off (the default for functions): each would be a paid call. */
  private targetGroup(id: string, target: lambda.IFunction): elb.ApplicationTargetGroup {
    return new elb.ApplicationTargetGroup(this, id, {
      targetType: elb.TargetType.LAMBDA,
      targets: [new LambdaTarget(target)],
      multiValueHeadersEnabled: true,
    });
  }
}
