import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { environmentNames as ingestNames } from '../../functions/ingest/env.ts';
import { environmentNames as maintenanceNames } from '../../functions/maintenance/env.ts';
import { environmentNames as resultsNames } from '../../functions/results/env.ts';
import { environmentNames as writerNames } from '../../functions/writer/env.ts';
import { Entrance } from '../constructs/entrance.ts';
import { Issuer } from '../constructs/issuer.ts';
import { ManagedCapacity } from '../constructs/managed-capacity.ts';
import { Migrations } from '../constructs/migrations.ts';
import { allowObjects } from '../constructs/object-policy.ts';
import type { VoteRole } from '../constructs/pipeline-database.ts';
import { PipelineFunction, type PipelineFunctionProps } from '../constructs/pipeline-function.ts';
import { feedWriter } from '../constructs/writer-sources.ts';
import type { Deployment } from '../deployment.ts';
import { planReadyEnvironments } from '../ready-environments.ts';
import type { Stage } from '../stages.ts';
import type { DataStack } from './data-stack.ts';

export interface ServiceStackProps extends StackProps {
  readonly stage: Stage;
  readonly deployment: Deployment;
  readonly data: DataStack;
}

/** All that can be thrown away and made again: functions, what calls them, the load balancer. */
export class ServiceStack extends Stack {
  /** Of the event source mapping that feeds the writer from the stream. */
  readonly streamMappingId: string;
  private readonly stage: Stage;
  private readonly data: DataStack;
  private readonly deployment: Deployment;
  readonly ingest: PipelineFunction<string>;
  readonly results: PipelineFunction<string>;
  readonly writer: PipelineFunction<string>;
  readonly maintenance: PipelineFunction<string>;
  readonly issuer: Issuer;
  readonly entrance: Entrance;
  private readonly migrations: Migrations;

  constructor(scope: Construct, id: string, { stage, deployment, data, ...stackProps }: ServiceStackProps) {
    super(scope, id, stackProps);
    this.stage = stage;
    this.data = data;
    this.deployment = deployment;
    this.migrations = new Migrations(this, 'Migrations', {
      vpc: data.vpc,
      database: data.database,
      folder: 'drizzle',
      logRetentionDays: stage.logRetentionDays,
    });
    const rollMigrations = new Migrations(this, 'RollMigrations', {
      vpc: data.vpc,
      database: data.roll,
      folder: 'drizzle/roll',
      logRetentionDays: stage.logRetentionDays,
    });
    // One after the other: roles belong to the server, and an emulator has one for both.
    rollMigrations.node.addDependency(this.migrations);
    this.ingest = this.createIngest();
    this.results = this.createResults();
    this.issuer = new Issuer(this, 'Issuing', {
      vpc: data.vpc,
      roll: data.roll,
      definitions: data.definitions,
      name: `ballotstream-${stage.name}`,
      logRetentionDays: stage.logRetentionDays,
    });
    this.issuer.node.addDependency(rollMigrations);
    this.entrance = new Entrance(this, 'Entrance', {
      vpc: data.vpc,
      ingest: this.ingest.live,
      results: this.results.live,
      issuer: this.issuer.live,
      accessLogs: data.accessLogs,
      capacityUnits: stage.loadBalancerUnits,
      ...(deployment.domain === undefined ? {} : { certificateArn: deployment.domain.certificateArn }),
    });
    this.writer = this.createWriter();
    this.streamMappingId = feedWriter(this.writer, data.votes, data.undeliverable, stage.writer);
    this.maintenance = this.createMaintenance();
    new events.Rule(this, 'EveryMinute', {
      schedule: events.Schedule.rate(Duration.minutes(1)),
      // The next minute is the retry.
      targets: [new targets.LambdaFunction(this.maintenance.live, { retryAttempts: 0 })],
    });
  }

  private createIngest(): PipelineFunction<(typeof ingestNames)[number]> {
    const { definitions, votes, receiptKeys } = this.data;
    const ingest = new PipelineFunction(this, 'Ingest', {
      folder: 'ingest',
      environmentNames: ingestNames,
      environment: {
        KINESIS_STREAM: votes.stream.streamName,
        OVERFLOW_QUEUE_URL: votes.overflow.queueUrl,
        DEFINITION_BUCKET: definitions.bucketName,
        BUILD_ID: this.deployment.buildId,
        RECEIPT_KEYS: receiptKeys.secretArn,
      },
      // Above what definition, stream and queue may take, below what a client waits for: test/infra/deadlines.
      timeout: Duration.seconds(5),
      logRetentionDays: this.stage.logRetentionDays,
      ...this.ingestCapacity(),
    });
    votes.grantPut(ingest.role);
    ingest.role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: [receiptKeys.secretArn],
      }),
    );
    this.allowDefinitions(ingest.role);
    return ingest;
  }

  /** What ingest runs on, and what of it is kept ready. */
  private ingestCapacity(): Pick<PipelineFunctionProps<string>, 'memoryMb' | 'keptReady' | 'capacity'> {
    const { ingest } = this.stage;
    const memoryMb = 512;
    switch (ingest.kind) {
      case 'on-demand':
        return { memoryMb };
      case 'managed-instances': {
        const capacity = new ManagedCapacity(this, 'IngestCapacity', { vpc: this.data.vpc, ...ingest });
        return { memoryMb: ManagedCapacity.memoryMb, capacity };
      }
      case 'provisioned-concurrency':
        return { memoryMb, keptReady: planReadyEnvironments(ingest, this.deployment) };
    }
  }

  private createResults(): PipelineFunction<(typeof resultsNames)[number]> {
    return this.createDatabaseFunction('Results', {
      folder: 'results',
      environmentNames: resultsNames,
      role: 'results',
      to: 'readers',
      memoryMb: 512,
      // Above what definition, connection and read may take, below what CloudFront waits: test/infra/deadlines.
      timeout: Duration.seconds(8),
      ...this.reserve(resultsAtOnceMax),
    });
  }

  private createWriter(): PipelineFunction<(typeof writerNames)[number]> {
    return this.createDatabaseFunction('Writer', {
      folder: 'writer',
      environmentNames: writerNames,
      role: 'writer',
      to: 'writer',
      memoryMb: 1_024,
      timeout: Duration.seconds(this.stage.writer.timeoutSeconds),
      ...this.reserve(writersAtOnce(this.stage)),
    });
  }

  private createMaintenance(): PipelineFunction<(typeof maintenanceNames)[number]> {
    return this.createDatabaseFunction('Maintenance', {
      folder: 'maintenance',
      environmentNames: maintenanceNames,
      role: 'maintainer',
      to: 'writer',
      memoryMb: 512,
      timeout: Duration.seconds(60),
      // One a minute, each for less than that; one more for who calls it by hand.
      ...this.reserve(2),
    });
  }

  /**
   * Kept free for a function, and the most it gets: so that what ingest spills over in the peak cannot starve those
   * that record and show. Not in a stage for any account: a new one has ten at once, for everything.
   */
  private reserve(concurrencyMax: number): { concurrencyMax?: number } {
    return this.stage.ingest.kind === 'on-demand' ? {} : { concurrencyMax };
  }

  private createDatabaseFunction<Name extends DatabaseVariable>(
    id: string,
    { role, to, ...props }: DatabaseFunctionProps<Name>,
  ): PipelineFunction<Name> {
    const { database, definitions, vpc } = this.data;
    const values: Record<DatabaseVariable, string> = {
      DATABASE_URL: database.urlFor(role, to),
      DEFINITION_BUCKET: definitions.bucketName,
    };
    const created = new PipelineFunction<Name>(this, id, {
      ...props,
      environment: values,
      logRetentionDays: this.stage.logRetentionDays,
      network: { vpc, securityGroup: database.clients },
    });
    created.node.addDependency(this.migrations);
    database.grantConnect(created.role, role);
    this.allowDefinitions(created.role);
    return created;
  }

  private allowDefinitions(role: iam.Role): void {
    const bucket = this.data.definitions;
    allowObjects(role, 'ReadDefinitions', { role, bucket, action: 's3:GetObject', keys: 'elections/*' });
  }
}

/**
 * Receipts are asked for by everybody and cached by nobody: beyond so many at once, who looks waits, rather than
 * the replica that may have to take over. Of the 1,000 that the plan counts for all but votes.
 */
const resultsAtOnceMax = 500;

/** What the event sources may call at once: a writer never waits for another function, and none is called in vain. */
const writersAtOnce = ({ streamShards, writer }: Stage): number =>
  streamShards * writer.batchesPerShardMax + writer.overflowConcurrencyMax;

/** What the functions with a database may ask of their environment. */
type DatabaseVariable = 'DATABASE_URL' | 'DEFINITION_BUCKET';

interface DatabaseFunctionProps<Name extends string>
  extends Pick<
    PipelineFunctionProps<Name>,
    'folder' | 'environmentNames' | 'memoryMb' | 'timeout' | 'concurrencyMax'
  > {
  /** Whom it logs in as. */
  readonly role: VoteRole;
  readonly to: 'writer' | 'readers';
}
