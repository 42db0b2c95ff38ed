import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import type * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { AuroraSize } from '../stages.ts';
import { instancesOf } from './database-instances.ts';
import type { PipelineDatabase } from './pipeline-database.ts';

export interface AuroraProps {
  readonly vpc: ec2.IVpc;
  /** The writer starts in the first, readers in the others. */
  readonly availabilityZones: readonly [string, string, string];
  readonly size: AuroraSize;
  readonly key: kms.IKey;
  readonly backupDays: number;
}

/** What one database differs in from another. */
export interface DatabaseTraits<Role extends string> {
  readonly name: string;
  /** Those of its migrations that functions log in as. */
  readonly roles: readonly Role[];
  /** Of the cluster, beside Aurora's own and `commonParameters`. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Of the operating system's numbers: often enough to see what a failover was made of. */
const osMetricsInterval = Duration.seconds(15);
/** How long a transaction waits for one of the pool's connections; the writer then hears that, rather than nothing. */
const borrowTimeout = Duration.seconds(10);

/** Aurora PostgreSQL with a proxy in front: one endpoint that writes, one that reads replicas only. */
export abstract class AuroraDatabase<Role extends string>
  extends Construct
  implements PipelineDatabase<Role>
{
  readonly cluster: rds.DatabaseCluster;
  /** Whoever is in it reaches the proxy and S3, nothing else. */
  readonly clients: ec2.SecurityGroup;
  readonly proxy: rds.DatabaseProxy;
  private readonly name: string;
  private readonly readEndpoint: rds.IDatabaseProxyEndpoint;

  constructor(scope: Construct, id: string, props: AuroraProps, traits: DatabaseTraits<Role>) {
    super(scope, id);
    const { vpc } = props;
    this.name = traits.name;
    this.cluster = this.createCluster(props, traits);
    this.clients = new ec2.SecurityGroup(this, 'Clients', {
      vpc,
      description: 'Functions that talk to the database',
      allowAllOutbound: false,
    });
    this.clients.addEgressRule(
      ec2.Peer.anyIpv4(),
      ec2.Port.HTTPS,
      'S3, through the gateway endpoint: there is no route to anywhere else',
    );
    const proxyGroup = new ec2.SecurityGroup(this, 'ProxyGroup', { vpc, description: 'Database proxy' });
    proxyGroup.connections.allowFrom(this.clients, ec2.Port.POSTGRES, 'functions');

    // End to end by IAM: no password exists that could leak, and none has to be rotated.
    const proxyRole = new iam.Role(this, 'ProxyRole', {
      assumedBy: new iam.ServicePrincipal('rds.amazonaws.com'),
    });
    for (const role of traits.roles) this.cluster.grantConnect(proxyRole, role);
    this.proxy = new rds.DatabaseProxy(this, 'Proxy', {
      proxyTarget: rds.ProxyTarget.fromCluster(this.cluster),
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      securityGroups: [proxyGroup],
      role: proxyRole,
      defaultAuthScheme: rds.DefaultAuthScheme.IAM_AUTH,
      requireTLS: true,
      borrowTimeout,
    });
    this.readEndpoint = this.proxy.addEndpoint('ReadOnly', {
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      securityGroups: [proxyGroup],
      targetRole: rds.ProxyEndpointTargetRole.READ_ONLY,
    });
  }

  /** Where the owner logs in: past the proxy, since migrations hold a lock of their session. */
  get ownerUrl(): string {
    return `postgres://${this.cluster.clusterEndpoint.hostname}:5432/${this.name}?sslmode=verify-full`;
  }

  /** Name and password of the owner, made and rotated by RDS. */
  get ownerSecret(): secrets.ISecret {
    if (this.cluster.secret === undefined) throw new Error('RDS keeps the owner’s password');
    return this.cluster.secret;
  }

  /** Lets a function log in as the owner: only migrations do. */
  admitOwner(role: iam.Role, securityGroup: ec2.SecurityGroup): void {
    // Rules on the caller's side: the other way round, two stacks would need each other.
    const [databaseGroup] = this.cluster.connections.securityGroups;
    if (databaseGroup === undefined) throw new Error('the cluster has no security group');
    new ec2.CfnSecurityGroupIngress(securityGroup, 'ToDatabase', {
      groupId: databaseGroup.securityGroupId,
      sourceSecurityGroupId: securityGroup.securityGroupId,
      ipProtocol: 'tcp',
      fromPort: 5432,
      toPort: 5432,
      description: 'migrations',
    });
    securityGroup.addEgressRule(databaseGroup, ec2.Port.POSTGRES, 'migrations');
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: [this.ownerSecret.secretArn],
      }),
    );
    if (this.cluster.secret?.encryptionKey !== undefined)
      this.cluster.secret.encryptionKey.grantDecrypt(role);
  }

  /** Lets `grantee` log in as `role`. */
  grantConnect(grantee: iam.IGrantable, role: Role): void {
    this.proxy.grantConnect(grantee, role);
  }

  /**
   * @returns `postgres://role@host:port/database`, without a password: that is a token signed for each
   * connection. The proxy's certificate is from a public authority that Node knows (AWS, "RDS Proxy and TLS").
   */
  urlFor(role: Role, to: 'writer' | 'readers'): string {
    const host = to === 'writer' ? this.proxy.endpoint : this.readEndpoint.endpoint;
    return `postgres://${role}@${host}:5432/${this.name}?sslmode=verify-full`;
  }

  private createCluster(props: AuroraProps, { name, parameters }: DatabaseTraits<Role>): rds.DatabaseCluster {
    const { vpc, size, key, backupDays, availabilityZones } = props;
    const engine = rds.DatabaseClusterEngine.auroraPostgres({
      version: rds.AuroraPostgresEngineVersion.VER_17_9,
    });
    const cluster = new rds.DatabaseCluster(this, 'Cluster', {
      engine,
      ...instancesOf(size, availabilityZones),
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      defaultDatabaseName: name,
      // Only for migrations: RDS makes, keeps and rotates the owner's password.
      credentials: rds.Credentials.fromUsername('ballotstream'),
      manageMasterUserPassword: true,
      iamAuthentication: true,
      storageEncrypted: true,
      storageEncryptionKey: key,
      parameterGroup: new rds.ParameterGroup(this, 'Parameters', {
        engine,
        parameters: { ...commonParameters, ...parameters },
      }),
      backup: { retention: Duration.days(backupDays) },
      copyTagsToSnapshot: true,
      cloudwatchLogsExports: ['postgresql'],
      // Seven days, at no cost. It shows statements without their values, which are parameters: no votes.
      enablePerformanceInsights: true,
      databaseInsightsMode: rds.DatabaseInsightsMode.STANDARD,
      performanceInsightRetention: rds.PerformanceInsightRetention.DEFAULT,
      performanceInsightEncryptionKey: key,
      monitoringInterval: osMetricsInterval,
      monitoringRole: this.createMonitoringRole(),
      // A Sunday morning, and never by itself: a minor version restarts the writer.
      preferredMaintenanceWindow: 'sun:08:00-sun:09:00',
      autoMinorVersionUpgrade: false,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(cluster).acknowledge(
      {
        id: 'AwsSolutions-RDS11',
        reason:
          'No route leads here from outside, and only the proxy may connect: another port hides nothing.',
      },
      {
        id: 'Annotation::@aws-cdk/aws-rds:instancePerformanceInsightsOverridden',
        reason: 'Said once, of the cluster: instances follow it.',
      },
    );
    return cluster;
  }

  private createMonitoringRole(): iam.Role {
    const role = new iam.Role(this, 'MonitoringRole', {
      assumedBy: new iam.ServicePrincipal('monitoring.rds.amazonaws.com'),
      managedPolicies: [
        iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonRDSEnhancedMonitoringRole'),
      ],
    });
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole]',
      reason: 'It lets RDS write the log group RDSOSMetrics and nothing else; RDS asks for it by name.',
    });
    return role;
  }
}

/** Beside Aurora's own. */
const commonParameters = {
  'rds.force_ssl': '1',
  shared_preload_libraries: 'pg_stat_statements,pgaudit',
  // For whom no role of the migrations says less: an abandoned session holds back vacuum for everybody.
  idle_in_transaction_session_timeout: '300000',
  log_min_duration_statement: '1000',
  log_lock_waits: '1',
  // Never the values of a statement: they would be votes, or codes.
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  'pgaudit.log_parameter': '0',
};
