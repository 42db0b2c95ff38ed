import { edgeLimits } from '../edge-limits.ts';

/** The firewall's limits by address, as one process can keep them. */
export interface RateLimits {
  /**
   * Counts a request.
   * @returns 0: it may pass; otherwise how many seconds its sender should wait
   */
  count(address: string, isPassRequest: boolean): number;
}

/** Addresses kept; beyond it the ones that were quiet longest are forgotten. */
const addressesMax = 10_000;
/** WAF counts over a window that slides; here in steps of a tenth. */
const steps = 10;
const stepMs = (edgeLimits.windowSeconds * 1000) / steps;
/** As the firewall says it (`firewall-rates.ts`). */
const retryAfterSeconds = 60;

interface Counts {
  readonly requests: number[];
  readonly passes: number[];
  /** The step that is being counted. */
  step: number;
}

/**
 * The same limits as at the edge (`lib/edge-limits.ts`), for one machine: by address alone, since browsers prove nothing here and
 * there is no TLS to take a fingerprint of.
 *
 * @param clock milliseconds, never set back
 */
export function createRateLimits(clock: () => number): RateLimits {
  const known = new Map<string, Counts>();
  return {
    count(address, isPassRequest) {
      const step = Math.floor(clock() / stepMs);
      const counts = known.get(address) ?? {
        requests: new Array<number>(steps).fill(0),
        passes: new Array<number>(steps).fill(0),
        step,
      };
      // Last in line: the first is the one that was quiet longest.
      known.delete(address);
      for (const oldest of known.keys()) {
        if (known.size < addressesMax) break;
        known.delete(oldest);
      }
      known.set(address, counts);
      forgetSteps(counts, step);
      const requests = add(counts.requests, step);
      const passes = isPassRequest ? add(counts.passes, step) : 0;
      const isTooMany = requests > edgeLimits.requestsPerAddress || passes > edgeLimits.passesPerAddress;
      return isTooMany ? retryAfterSeconds : 0;
    },
  };
}

/** Clears the steps that have passed since the last request. */
function forgetSteps(counts: Counts, step: number): void {
  const passed = Math.min(steps, step - counts.step);
  for (let back = 0; back < passed; back += 1) {
    counts.requests[(step - back) % steps] = 0;
    counts.passes[(step - back) % steps] = 0;
  }
  counts.step = step;
}

/** One more now; how many in the window. */
function add(counted: number[], step: number): number {
  const at = step % steps;
  counted[at] = (counted[at] ?? 0) + 1;
  return counted.reduce((sum, count) => sum + count, 0);
}
