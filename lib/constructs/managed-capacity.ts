import { Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

export interface ManagedCapacityProps {
  readonly vpc: ec2.IVpc;
  /** Instances grow to this many; they never shed load that they have the vCPUs for. */
  readonly vcpusMax: number;
  readonly vcpusMin: number;
}

/** Requests at once that one environment of a vCPU takes: AWS's own number for Node (Lambda, "Managed Instances"). */
const requestsPerEnvironment = 64;
/** GiB of memory a vCPU; the least there is. */
const memoryGibPerVcpu = 2;

/**
 * Instances of ours that Lambda runs a function on, each environment taking many requests at once, so that group
 * commit has something to group. They stand in the network, and reach the services that ingest needs through
 * endpoints. That a load balancer may call such a function is said nowhere by AWS: try it before you rely on it.
 */
export class ManagedCapacity extends Construct {
  private readonly provider: lambda.CapacityProvider;
  /** For the function's version, since that is what callers call: left out, it is three environments. */
  readonly versionOptions: lambda.VersionOptions;

  constructor(scope: Construct, id: string, { vpc, vcpusMin, vcpusMax }: ManagedCapacityProps) {
    super(scope, id);
    this.versionOptions = { minExecutionEnvironments: vcpusMin, maxExecutionEnvironments: vcpusMax };
    const securityGroup = new ec2.SecurityGroup(this, 'Group', {
      vpc,
      description: 'Instances that ingest runs on',
      allowAllOutbound: false,
    });
    securityGroup.addEgressRule(
      ec2.Peer.anyIpv4(),
      ec2.Port.HTTPS,
      'services, through endpoints: there is no route to anywhere else',
    );
    this.provider = new lambda.CapacityProvider(this, 'Provider', {
      securityGroups: [securityGroup],
      subnets: vpc.isolatedSubnets,
      architectures: [lambda.Architecture.ARM_64],
      maxVCpuCount: vcpusMax,
      scalingOptions: lambda.ScalingOptions.auto(),
    });
    Validations.of(this.provider).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AWSLambdaManagedEC2ResourceOperator]',
      reason: 'What Lambda asks for to run instances in an account; AWS keeps it.',
    });
    const endpointGroup = new ec2.SecurityGroup(this, 'EndpointGroup', {
      vpc,
      description: 'Ways to the services that ingest needs',
      allowAllOutbound: false,
    });
    endpointGroup.addIngressRule(securityGroup, ec2.Port.HTTPS, 'instances of ingest');
    const { KINESIS_STREAMS, SQS, CLOUDWATCH_LOGS, XRAY } = ec2.InterfaceVpcEndpointAwsService;
    for (const [name, service] of Object.entries({
      Stream: KINESIS_STREAMS,
      Queue: SQS,
      Logs: CLOUDWATCH_LOGS,
      Traces: XRAY,
    })) {
      new ec2.InterfaceVpcEndpoint(this, `To${name}`, {
        vpc,
        service,
        securityGroups: [endpointGroup],
        open: false,
        subnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      });
    }
  }

  /** Memory that a function has there. */
  static readonly memoryMb = memoryGibPerVcpu * 1024;

  /** @param code made with `versionOptions` */
  run(code: lambda.Function): void {
    this.provider.addFunction(code, {
      perExecutionEnvironmentMaxConcurrency: requestsPerEnvironment,
      executionEnvironmentMemoryGiBPerVCpu: memoryGibPerVcpu,
      // Nobody calls `$LATEST.PUBLISHED`, and environments of it would cost the same again.
      publishToLatestPublished: false,
    });
  }
}
