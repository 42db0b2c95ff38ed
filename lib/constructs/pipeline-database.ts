import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as secrets from 'aws-cdk-lib/aws-secretsmanager';

/** The roles of the votes' migrations that functions log in as. */
export type VoteRole = 'writer' | 'results' | 'maintainer';
export const voteRoles: readonly VoteRole[] = ['writer', 'results', 'maintainer'];
/** And of the voter roll's. */
export type RollRole = 'issuer';
export const rollRoles: readonly RollRole[] = ['issuer'];

/** What functions need of a database, whichever it is. */
export interface PipelineDatabase<Role extends string> extends MigratedDatabase {
  /** Whoever is in it reaches the database, S3 and Secrets Manager, nothing else. */
  readonly clients: ec2.SecurityGroup;
  /** Lets `grantee` log in as `role`. */
  grantConnect(grantee: iam.IGrantable, role: Role): void;
  /** @returns `postgres://role@host:port/database`, with a password only where no IAM is */
  urlFor(role: Role, to: 'writer' | 'readers'): string;
}

/** What its migrations need. */
export interface MigratedDatabase {
  /** Where the owner logs in: the writer itself, since migrations hold a lock of their session. */
  readonly ownerUrl: string;
  /** JSON with the owner's `username` and `password`. */
  readonly ownerSecret: secrets.ISecret;
  /** Lets a function log in as the owner: only migrations do. */
  admitOwner(role: iam.Role, securityGroup: ec2.SecurityGroup): void;
}
