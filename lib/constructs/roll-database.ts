import type { Construct } from 'constructs';
import { AuroraDatabase, type AuroraProps } from './aurora-database.ts';
import { type RollRole, rollRoles } from './pipeline-database.ts';

/**
 * The voter roll, on a cluster of its own: who may look at the one need not see the other, passes are issued
 * days before votes are recorded, and what ails one leaves the other alone. It has no logical replication: nobody
 * follows who asks for a pass.
 */
export class RollDatabase extends AuroraDatabase<RollRole> {
  constructor(scope: Construct, id: string, props: AuroraProps) {
    super(scope, id, props, { name: 'roll', roles: rollRoles, parameters });
  }
}

const parameters = {
  'pgaudit.log': 'ddl,role',
  // Nor the lines of a roll that is being imported, which are an error's context.
  log_error_verbosity: 'terse',
};
