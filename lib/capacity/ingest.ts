import type { CapacityInput } from './input.ts';
import { limits } from './limits.ts';

export interface IngestPlan {
  /** Environments kept ready; 0 on Managed Instances. */
  readonly provisionedConcurrency: number;
  readonly bindingRule: BindingRule;
  /** What each rule asks for, without headroom: environments, or vCPUs at full load. */
  readonly needs: readonly { readonly rule: BindingRule; readonly needed: number }[];
  /** How long the environments take to come; none serves before all are there. */
  readonly allocationMinutes: number;
  /** How long a vote holds its environment. */
  readonly heldMs: number;
  /** Of the object store at the peak, at most: each environment asks for the definition when its own is stale. */
  readonly definitionGetsPerSecond: number;
  /** Managed Instances only; otherwise 0. */
  readonly vcpusMin: number;
  readonly vcpusMax: number;
}

export type BindingRule =
  | 'littles-law'
  | 'ten-times-rule'
  | 'cpu'
  | 'concurrency-per-vcpu'
  | 'three-instances';

/** What has to stand ready to accept the peak. Pure. */
export function planIngest(input: CapacityInput): IngestPlan {
  return input.compute === 'managed' ? planManaged(input) : planProvisioned(input);
}

function planProvisioned(input: CapacityInput): IngestPlan {
  const { votesPerSecond, requestMs, cpuMicrosAlone, lambdaMemoryMb, headroom } = input;
  const vcpuShare = Math.min(1, lambdaMemoryMb / limits.lambdaMemoryMbPerVcpu);
  const heldMs = Math.max(requestMs, cpuMicrosAlone / 1_000 / vcpuShare);
  const { binding, needs } = largest([
    { rule: 'ten-times-rule', needed: ceil(votesPerSecond / limits.lambdaRequestsPerEnvironmentPerSecond) },
    { rule: 'littles-law', needed: ceil((votesPerSecond * heldMs) / 1_000) },
  ]);
  const provisionedConcurrency = ceil(binding.needed * (1 + headroom));
  return {
    provisionedConcurrency,
    bindingRule: binding.rule,
    needs,
    allocationMinutes: ceil(provisionedConcurrency / limits.lambdaProvisionedPerMinute),
    heldMs,
    definitionGetsPerSecond: ceil(provisionedConcurrency / limits.definitionFreshSeconds),
    vcpusMin: 0,
    vcpusMax: 0,
  };
}

function planManaged(input: CapacityInput): IngestPlan {
  const { votesPerSecond, requestMs, cpuMicrosGrouped, headroom } = input;
  const heldMs = Math.max(requestMs, cpuMicrosGrouped / 1_000);
  const { binding, needs } = largest([
    { rule: 'cpu', needed: ceil((votesPerSecond * cpuMicrosGrouped) / 1e6) },
    {
      rule: 'concurrency-per-vcpu',
      needed: ceil((votesPerSecond * heldMs) / 1_000 / limits.managedConcurrencyPerVcpu),
    },
    { rule: 'three-instances', needed: limits.managedInstancesMin },
  ]);
  // Half load at the peak: it does not grow fast enough for votes that double in five minutes.
  const vcpusMin = ceil(binding.needed * limits.managedGrowthMax * (1 + headroom));
  return {
    provisionedConcurrency: 0,
    bindingRule: binding.rule,
    needs,
    allocationMinutes: 0,
    heldMs,
    // An environment a vCPU.
    definitionGetsPerSecond: ceil((vcpusMin * limits.managedGrowthMax) / limits.definitionFreshSeconds),
    vcpusMin,
    vcpusMax: vcpusMin * limits.managedGrowthMax,
  };
}

type Need = IngestPlan['needs'][number];

/** The first of the largest binds. */
function largest(needs: readonly [Need, ...Need[]]): { binding: Need; needs: readonly Need[] } {
  const [first, ...rest] = needs;
  return { needs, binding: rest.reduce((most, need) => (need.needed > most.needed ? need : most), first) };
}

/** Up, but not for a rounding error: 27,500.000000000004 environments are 27,500. */
export const ceil = (value: number): number => Math.ceil(value - value * 1e-12);
