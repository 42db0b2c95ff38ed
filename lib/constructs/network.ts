import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface NetworkProps {
  readonly cidr: string;
  readonly availabilityZones: readonly string[];
  /** Where the way to Secrets Manager stands: each zone costs by the hour. */
  readonly endpointZones: readonly string[];
  readonly logRetentionDays: number;
}

/**
 * The network of the database and of what talks to it: isolated subnets only, no route to the internet in
 * either direction. What is inside needs nothing outside but S3 and Secrets Manager, which have endpoints.
 * CloudFront asks for an internet gateway that is attached (AWS, "VPC origins"); no route leads to it.
 */
export class Network extends Construct {
  readonly vpc: ec2.IVpc;

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    const created = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr(props.cidr),
      availabilityZones: [...props.availabilityZones],
      natGateways: 0,
      subnetConfiguration: [{ name: 'isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 20 }],
      gatewayEndpoints: { s3: { service: ec2.GatewayVpcEndpointAwsService.S3 } },
    });
    // The CDK's classes say `undefined` where its interfaces say "left out": the types differ, not the things.
    const vpc = created as ec2.IVpc;
    this.vpc = vpc;
    const knocking = new ec2.SecurityGroup(this, 'EndpointGroup', {
      vpc,
      description: 'Way to Secrets Manager',
      allowAllOutbound: false,
    });
    knocking.addIngressRule(ec2.Peer.ipv4(props.cidr), ec2.Port.HTTPS, 'from within the network');
    vpc.addInterfaceEndpoint('SecretsManager', {
      securityGroups: [knocking],
      open: false,
      service: ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
      subnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED, availabilityZones: [...props.endpointZones] },
    });
    const gateway = new ec2.CfnInternetGateway(this, 'Gateway');
    new ec2.CfnVPCGatewayAttachment(this, 'GatewayAttachment', {
      vpcId: vpc.vpcId,
      internetGatewayId: gateway.attrInternetGatewayId,
    });
    vpc.addFlowLog('FlowLog', {
      // Who was turned away: what passes is millions of connections an hour, and known.
      trafficType: ec2.FlowLogTrafficType.REJECT,
      destination: ec2.FlowLogDestination.toCloudWatchLogs(
        new logs.LogGroup(this, 'FlowLogs', { retention: props.logRetentionDays }),
      ),
    });
  }
}
