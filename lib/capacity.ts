import { blockersOf, type Ground, groundsOf, warningsOf } from './capacity/cautions.ts';
import { type CostPlan, type PlanParts, planCost } from './capacity/cost.ts';
import { type BindingRule, planIngest } from './capacity/ingest.ts';
import { type CapacityInput, checkInput, defaultInput } from './capacity/input.ts';
import { planLoadBalancer } from './capacity/load-balancer.ts';
import { type Quota, quotasOf } from './capacity/quotas.ts';
import { planBacklog, planStream, planWriter } from './capacity/recording.ts';

/** Every quantity of the stack. The figures that an operator asks for first stand at the top. */
export interface CapacityPlan extends PlanParts {
  readonly input: CapacityInput;
  /** Environments kept ready, headroom included; 0 on Managed Instances. */
  readonly provisionedConcurrency: number;
  /** Which rule asks for the most. */
  readonly bindingRule: BindingRule;
  readonly shards: number;
  /** Load balancer capacity units to reserve. */
  readonly lcu: number;
  readonly writerConcurrency: number;
  readonly databaseConnections: number;
  readonly backlogVotesMax: number;
  /** From the first vote until the last one is recorded, if all of them come at the peak rate. */
  readonly drainMinutes: number;
  readonly costPeakHourUsd: number;
  readonly costVoteUsd: number;
  readonly cost: CostPlan;
  /** To ask AWS for. */
  readonly quotaIncreases: readonly Quota[];
  /** Touched, and large enough by default. */
  readonly quotasEnough: readonly Quota[];
  /** Empty, or why the plan fails as it stands. */
  readonly blockers: readonly string[];
  readonly warnings: readonly string[];
  /** What supports the plan, and is nothing but an estimate. */
  readonly assumptions: readonly Ground[];
  /** What commands of ours measured, none of it on AWS. */
  readonly measurements: readonly Ground[];
  /** What we know from others only: mostly list prices. */
  readonly secondHand: readonly Ground[];
}

/**
 * From a peak rate and a few measured costs to every quantity of the stack. Pure: the same input, the
 * same plan.
 *
 * @param asked the rate, and whatever is known better than `defaultFigures`
 * @throws CapacityError for nonsense, in one line
 */
export function planCapacity(
  asked: Partial<CapacityInput> & Pick<CapacityInput, 'votesPerSecond'>,
): CapacityPlan {
  const input: CapacityInput = { ...defaultInput, ...asked };
  checkInput(input);
  const stream = planStream(input);
  const writer = planWriter(input, stream.shards);
  const parts: PlanParts = {
    ingest: planIngest(input),
    loadBalancer: planLoadBalancer(input),
    stream,
    writer,
    backlog: planBacklog(input, writer.writerConcurrency),
  };
  const cost = planCost(input, parts);
  const quotas = quotasOf(input, parts);
  return {
    provisionedConcurrency: parts.ingest.provisionedConcurrency,
    bindingRule: parts.ingest.bindingRule,
    shards: stream.shards,
    lcu: parts.loadBalancer.lcu,
    writerConcurrency: writer.writerConcurrency,
    databaseConnections: writer.databaseConnections,
    backlogVotesMax: parts.backlog.backlogVotesMax,
    drainMinutes: parts.backlog.drainMinutes,
    costPeakHourUsd: cost.costPeakHourUsd,
    costVoteUsd: cost.costVoteUsd,
    quotaIncreases: quotas.filter((quota) => quota.needed > quota.default),
    quotasEnough: quotas.filter((quota) => quota.needed <= quota.default),
    blockers: blockersOf(parts),
    warnings: warningsOf(input, parts),
    assumptions: groundsOf('G', asked),
    measurements: groundsOf('measured', asked),
    secondHand: groundsOf('M', asked),
    ...parts,
    cost,
    input,
  };
}
