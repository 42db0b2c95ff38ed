import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as secrets from 'aws-cdk-lib/aws-secretsmanager';

/** The roles of the migrations that functions log in as. */
export type DatabaseRole = 'writer' | 'results' | 'maintainer' | 'issuer';
export const databaseRoles: readonly DatabaseRole[] = ['writer', 'results', 'maintainer', 'issuer'];

/** What functions need of the database, whichever it is. */
export interface PipelineDatabase {
  /** Whoever is in it reaches the database, S3 and Secrets Manager, nothing else. */
  readonly clients: ec2.SecurityGroup;
  /** Lets `grantee` log in as `role`. */
  grantConnect(grantee: iam.IGrantable, role: DatabaseRole): void;
  /** @returns `postgres://role@host:port/database`, with a password only where no IAM is */
  urlFor(role: DatabaseRole, to: 'writer' | 'readers'): string;
  /** Where the owner logs in: the writer itself, since migrations hold a lock of their session. */
  readonly ownerUrl: string;
  /** JSON with the owner's `username` and `password`. */
  readonly ownerSecret: secrets.ISecret;
  /** Lets a function log in as the owner: only migrations do. */
  admitOwner(role: iam.Role, securityGroup: ec2.SecurityGroup): void;
}
