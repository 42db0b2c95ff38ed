import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { LambdaTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { issuerPaths, resultsPaths } from '../listener-paths.ts';

export interface EntranceProps {
  readonly vpc: ec2.IVpc;
  readonly ingest: lambda.IFunction;
  readonly results: lambda.IFunction;
  readonly issuer: lambda.IFunction;
  readonly accessLogs: s3.IBucket;
  /** Load balancer capacity units to reserve; 0: none. */
  readonly capacityUnits: number;
  /** Of the domain that voters come to; with it, TLS goes on to here. */
  readonly certificateArn?: string;
}

/**
 * CloudFront's addresses towards origins, `com.amazonaws.global.cloudfront.origin-facing`, as AWS numbers that
 * list in us-east-1: looking it up would take an account. The security group of CloudFront's own interfaces
 * would be narrower by name, but AWS makes it only with the first VPC origin, after this; and to an internal
 * load balancer nothing of CloudFront leads but a VPC origin of this account (AWS, "Restrict access with VPC
 * origins"). The list weighs 55 of the 60 rules that a security group may have.
 */
const cloudFrontPrefixList = 'pl-3b927c52';

/** Longer than CloudFront keeps an idle connection (`originKeepAliveSeconds`), or a request meets one just closed: a 502. */
export const idleTimeoutSeconds = 120;

/** The load balancer: internal, so that nobody gets round what stands at the edge. */
export class Entrance extends Construct {
  readonly loadBalancer: elb.ApplicationLoadBalancer;
  readonly ingestTargets: elb.ApplicationTargetGroup;
  readonly resultsTargets: elb.ApplicationTargetGroup;

  constructor(scope: Construct, id: string, props: EntranceProps) {
    super(scope, id);
    const { vpc } = props;
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Load balancer',
      allowAllOutbound: false,
    });
    const isTls = props.certificateArn !== undefined;
    securityGroup.addIngressRule(
      ec2.Peer.prefixList(cloudFrontPrefixList),
      isTls ? ec2.Port.HTTPS : ec2.Port.HTTP,
      'CloudFront',
    );
    this.loadBalancer = new elb.ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      internetFacing: false,
      securityGroup,
      dropInvalidHeaderFields: true,
      desyncMitigationMode: elb.DesyncMitigationMode.STRICTEST,
      // Anybody may have written it. Where a viewer is, CloudFront says in a header of its own.
      xffHeaderProcessingMode: elb.XffHeaderProcessingMode.REMOVE,
      deletionProtection: true,
      idleTimeout: Duration.seconds(idleTimeoutSeconds),
      ...(props.capacityUnits === 0 ? {} : { minimumCapacityUnit: props.capacityUnits }),
    });
    this.loadBalancer.logAccessLogs(props.accessLogs, 'load-balancer');
    this.ingestTargets = this.targetGroup('Ingest', props.ingest);
    this.resultsTargets = this.targetGroup('Results', props.results);
    const listener = this.loadBalancer.addListener('Listener', {
      ...(isTls
        ? {
            port: 443,
            protocol: elb.ApplicationProtocol.HTTPS,
            certificates: [elb.ListenerCertificate.fromArn(props.certificateArn)],
            sslPolicy: elb.SslPolicy.RECOMMENDED_TLS,
          }
        : { port: 80, protocol: elb.ApplicationProtocol.HTTP }),
      open: false,
      defaultAction: elb.ListenerAction.forward([this.ingestTargets]),
    });
    listener.addAction('ResultsPaths', {
      priority: 10,
      conditions: [elb.ListenerCondition.pathPatterns([...resultsPaths])],
      action: elb.ListenerAction.forward([this.resultsTargets]),
    });
    listener.addAction('IssuerPaths', {
      priority: 20,
      conditions: [elb.ListenerCondition.pathPatterns([...issuerPaths])],
      action: elb.ListenerAction.forward([this.targetGroup('Issuer', props.issuer)]),
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
