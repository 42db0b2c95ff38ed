import { Names } from 'aws-cdk-lib';
import * as rds from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import type { AuroraSize } from '../stages.ts';
import { AuroraDatabase, type AuroraProps } from './aurora-database.ts';
import { type VoteRole, voteRoles } from './pipeline-database.ts';

/** Where votes are recorded. */
export class VoteDatabase extends AuroraDatabase<VoteRole> {
  /** Host name of the instances that analysts read: their own, where the stage has one. */
  readonly analystsHost: string;

  constructor(scope: Construct, id: string, props: AuroraProps) {
    super(scope, id, props, { name: 'ballotstream', roles: voteRoles, parameters });
    this.analystsHost = this.createAnalystsEndpoint(props.size);
  }

  /** An instance of their own, so that no question of theirs slows down whoever takes over from the writer. */
  private createAnalystsEndpoint(size: AuroraSize): string {
    if (!size.analystsReader) return this.cluster.clusterReadEndpoint.hostname;
    const instance = this.cluster.instanceIdentifiers.at(-1);
    if (instance === undefined) throw new Error('the cluster has no instances');
    const endpoint = new rds.CfnDBClusterEndpoint(this, 'AnalystsEndpoint', {
      dbClusterIdentifier: this.cluster.clusterIdentifier,
      dbClusterEndpointIdentifier: `${Names.uniqueResourceName(this, { maxLength: 40 }).toLowerCase()}-analysts`,
      customEndpointType: 'READER',
      staticMembers: [instance],
    });
    // cfn-lint 1.51 does not know the type yet; 1.58 does.
    endpoint.addMetadata('cfn-lint', { config: { ignore_checks: ['E3006'] } });
    return endpoint.attrEndpoint;
  }
}

/**
 * Who changes what is recorded is in the log by object: the migrations give `pgaudit.role` the right
 * to update and delete in every guarded table, which is what pgaudit logs. Votes are inserts, and nothing of them is.
 * What the owner writes beyond that, TRUNCATE and SET, they have logged for its role: that `misc_set` may stand in a
 * parameter group is not in AWS's list ("Reference for the pgAudit extension").
 */
const parameters = {
  // For counting independently, from the change stream.
  'rds.logical_replication': '1',
  // It logs in as everybody does (AWS, "Configuring IAM authentication for logical replication connections").
  'rds.iam_auth_for_replication': '1',
  'pgaudit.log': 'ddl,role',
  // The only name that Aurora takes.
  'pgaudit.role': 'rds_pgaudit',
};
