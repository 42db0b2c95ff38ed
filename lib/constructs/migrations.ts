import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CustomResource, Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { environmentNames } from '../../functions/migrate/env.ts';
import { repositoryRoot } from '../bundle-options.ts';
import type { MigratedDatabase } from './pipeline-database.ts';
import { PipelineFunction } from './pipeline-function.ts';

export interface MigrationsProps {
  readonly vpc: ec2.IVpc;
  readonly database: MigratedDatabase;
  /** Of this repository. */
  readonly folder: 'drizzle' | 'drizzle/roll';
  readonly logRetentionDays: number;
}

/** Longer than any migration that may run while votes are recorded: see drizzle/README.md. */
const timeout = Duration.minutes(10);

/**
 * Applies the migrations of this deployment before the functions that need them go live. Whatever depends on
 * this construct waits; a migration that fails fails the deployment, and nothing of it is applied.
 */
export class Migrations extends Construct {
  constructor(scope: Construct, id: string, { vpc, database, folder, logRetentionDays }: MigrationsProps) {
    super(scope, id);
    const securityGroup = new ec2.SecurityGroup(this, 'Group', {
      vpc,
      description: 'Migrations',
      allowAllOutbound: false,
    });
    securityGroup.addEgressRule(
      ec2.Peer.anyIpv4(),
      ec2.Port.HTTPS,
      'Secrets Manager, and S3 for the answer to CloudFormation, through endpoints: there is no route to anywhere else',
    );
    const migrate = new PipelineFunction(this, 'Migrate', {
      folder: 'migrate',
      environmentNames,
      environment: {
        DATABASE_URL: database.ownerUrl,
        OWNER_SECRET: database.ownerSecret.secretArn,
        MIGRATIONS: folder,
        NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem',
      },
      memoryMb: 512,
      timeout,
      logRetentionDays,
      network: { vpc, securityGroup },
      assets: ['drizzle'],
    });
    database.admitOwner(migrate.role, securityGroup);
    new CustomResource(this, 'Applied', {
      serviceToken: migrate.live.functionArn,
      resourceType: 'Custom::Migrations',
      properties: { migrations: hashMigrations(folder) },
      serviceTimeout: timeout,
    });
  }
}

/** Changes with every migration, so that a deployment without new ones does not ask. */
function hashMigrations(path: MigrationsProps['folder']): string {
  const folder = join(repositoryRoot, path);
  const hash = createHash('sha256');
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .toSorted()) {
    hash.update(file).update(readFileSync(join(folder, file)));
  }
  return hash.digest('hex');
}
