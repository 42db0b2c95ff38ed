import type { ElectionId } from '../../schema/wire/ids.ts';
import { refuseDeployment } from '../core/deploy-gate.ts';
import type { Election } from '../core/election.ts';
import { UnavailableError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import { type CustomResourceRequest, DeploymentRefusedError } from '../http/cloudformation.ts';

export interface GateDependencies {
  /**
   * What is published, with nothing in memory: an environment that stayed from the stack before would go by what
   * it read then.
   */
  readonly openDefinitions: () => {
    list(): Promise<ElectionId[]>;
    get(election: ElectionId): Promise<Election | null>;
  };
  /** What CloudFormation is doing with a stack; null: it does not say. */
  readonly stackStatus: (stackId: string) => Promise<string | null>;
  readonly clock: Clock;
}

/**
 * Lets a deployment through unless an election takes votes. Throws DeploymentRefusedError, also when nobody
 * can say whether one does.
 *
 * CloudFormation undoes a deployment by asking for the one before it: that has to be let through, or the stack
 * hangs between the two.
 */
export function createGuard({ openDefinitions, stackStatus, clock }: GateDependencies) {
  return async (request: CustomResourceRequest): Promise<void> => {
    const { forced } = request.ResourceProperties as Readonly<Record<string, unknown>>;
    if (forced === 'yes' || (await isUndoing(request))) return;
    const refusal = refuseDeployment(await loadAll(), clock());
    if (refusal !== null) throw new DeploymentRefusedError(refusal);
  };

  /**
   * Going back in time and, as far as CloudFormation says, rolling back. The time alone would let through whoever
   * deploys an assembly that was made before the one that runs, or by a clock that is slow.
   */
  async function isUndoing(request: CustomResourceRequest): Promise<boolean> {
    if (request.RequestType !== 'Update') return false;
    const { deployedAt } = request.ResourceProperties as Readonly<Record<string, unknown>>;
    const { deployedAt: before } = request.OldResourceProperties as Readonly<Record<string, unknown>>;
    if (!(Number(deployedAt) < Number(before))) return false;
    const status = await stackStatus(request.StackId);
    // Where it does not say: a stack that cannot be undone is worse than an old assembly let through.
    return status === null || status.includes('ROLLBACK');
  }

  async function loadAll(): Promise<Election[]> {
    const definitions = openDefinitions();
    try {
      const ids = await definitions.list();
      const elections = await Promise.all(ids.map((id) => definitions.get(id)));
      return elections.filter((election) => election !== null);
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      throw new DeploymentRefusedError(
        `nobody can say whether an election is open: ${error.message}; to deploy all the same: -c force=yes`,
      );
    }
  }
}
