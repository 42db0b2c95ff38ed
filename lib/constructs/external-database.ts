import { SecretValue, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as secrets from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { PipelineDatabase } from './pipeline-database.ts';

export interface ExternalDatabaseProps {
  readonly vpc: ec2.IVpc;
  /** The owner's, with a password; the roles that migrations make are given the same one by whoever deploys. */
  readonly url: string;
}

/**
 * A PostgreSQL that is there already, for an emulator without Aurora. Its passwords stand in the template, so
 * it is nothing for votes that count.
 */
export class ExternalDatabase extends Construct implements PipelineDatabase<string> {
  readonly clients: ec2.SecurityGroup;
  readonly ownerUrl: string;
  readonly ownerSecret: secrets.ISecret;
  private readonly url: URL;

  constructor(scope: Construct, id: string, { vpc, url }: ExternalDatabaseProps) {
    super(scope, id);
    this.url = new URL(url);
    this.clients = new ec2.SecurityGroup(this, 'Clients', {
      vpc,
      description: 'Functions',
      allowAllOutbound: false,
    });
    this.ownerUrl = `postgres://${this.url.host}${this.url.pathname}`;
    const ownerSecret = new secrets.Secret(this, 'Owner', {
      secretObjectValue: {
        username: SecretValue.unsafePlainText(decodeURIComponent(this.url.username)),
        password: SecretValue.unsafePlainText(decodeURIComponent(this.url.password)),
      },
    });
    Validations.of(ownerSecret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Of a database on the machine of the emulator.',
    });
    // See `Network` on why a cast.
    this.ownerSecret = ownerSecret as secrets.ISecret;
  }

  /** The password says who may. */
  grantConnect(): void {}

  urlFor(role: string): string {
    return `postgres://${role}:${this.url.password}@${this.url.host}${this.url.pathname}`;
  }

  admitOwner(role: iam.Role): void {
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        resources: [this.ownerSecret.secretArn],
      }),
    );
  }
}
