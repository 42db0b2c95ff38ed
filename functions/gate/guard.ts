import type { ElectionId } from '../../schema/wire/ids.ts';
import { refuseDeployment } from '../core/deploy-gate.ts';
import { UnavailableError } from '../core/errors.ts';
import type { Clock, DefinitionSource } from '../core/ports.ts';
import { type CustomResourceRequest, DeploymentRefusedError } from '../http/cloudformation.ts';

export interface GateDependencies {
  readonly definitions: DefinitionSource & { list(): Promise<ElectionId[]> };
  readonly clock: Clock;
}

/**
 * Lets a deployment through unless an election takes votes. Throws DeploymentRefusedError, also when nobody
 * can say whether one does.
 *
 * CloudFormation undoes a refused deployment by asking for the one before it: that has the older time, and
 * has to be let through, or the stack hangs between the two.
 */
export function createGuard({ definitions, clock }: GateDependencies) {
  return async (request: CustomResourceRequest): Promise<void> => {
    const { forced, deployedAt } = request.ResourceProperties as Readonly<Record<string, unknown>>;
    if (forced === 'yes' || isUndoing(request, Number(deployedAt))) return;
    const refusal = refuseDeployment(await loadAll(), clock());
    if (refusal !== null) throw new DeploymentRefusedError(refusal);
  };

  async function loadAll() {
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

function isUndoing(request: CustomResourceRequest, deployedAt: number): boolean {
  if (request.RequestType !== 'Update') return false;
  const { deployedAt: before } = request.OldResourceProperties as Readonly<Record<string, unknown>>;
  return deployedAt < Number(before);
}
