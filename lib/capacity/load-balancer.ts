import { ceil } from './ingest.ts';
import type { CapacityInput } from './input.ts';
import { limits } from './limits.ts';

export type UnitDimension = 'new-connections' | 'active-connections' | 'processed-bytes' | 'rule-evaluations';

export interface LoadBalancerPlan {
  /** Load balancer capacity units to reserve. */
  readonly lcu: number;
  readonly boundBy: UnitDimension;
  readonly units: Readonly<Record<UnitDimension, number>>;
  /** Load balancers that it takes by default. The stacks make one. */
  readonly loadBalancers: number;
}

/** Results, passes, the default, and one to spare: lib/constructs/entrance.ts. */
const listenerRules = 4;

/** No headroom: a reservation is the least that is there, and the load balancer still grows by itself. Pure. */
export function planLoadBalancer(input: CapacityInput): LoadBalancerPlan {
  const { votesPerSecond, newConnectionShare, requestMs } = input;
  const connectionsPerSecond = votesPerSecond * newConnectionShare;
  const bytesPerSecond = votesPerSecond * (input.requestBytes + input.responseBytes);
  const units = {
    'processed-bytes': ceil((bytesPerSecond * 3_600) / limits.unitLambdaBytesPerHour),
    'new-connections': ceil(connectionsPerSecond / limits.unitNewConnectionsPerSecond),
    'active-connections': ceil(
      activeConnections(connectionsPerSecond, requestMs) / limits.unitActiveConnections,
    ),
    'rule-evaluations': ceil(
      (votesPerSecond * Math.max(0, listenerRules - limits.rulesFree)) / limits.unitRuleEvaluationsPerSecond,
    ),
  } satisfies Record<UnitDimension, number>;
  const lcu = Math.max(...Object.values(units));
  const [boundBy] = (Object.keys(units) as UnitDimension[]).filter((dimension) => units[dimension] === lcu);
  return {
    lcu,
    boundBy: boundBy ?? 'processed-bytes',
    units,
    loadBalancers: ceil(lcu / limits.loadBalancerUnitsMax),
  };
}

/** Little's law: each lives for its requests, and then until nobody has used it for the keep-alive. */
function activeConnections(openedPerSecond: number, requestMs: number): number {
  return openedPerSecond * (limits.originKeepAliveSeconds + requestMs / 1_000);
}
