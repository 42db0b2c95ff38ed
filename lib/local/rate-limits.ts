import { passFingerprintPattern } from '../../schema/wire/pass-fingerprint.ts';
import { edgeLimits } from '../edge-limits.ts';

/** What the limits look at of one request. */
export interface LimitedRequest {
  readonly address: string;
  readonly method: string;
  readonly path: string;
  /** The whole of what `pass-fingerprint` says, null: nothing. Anybody's word: ingest refuses a lie. */
  readonly passFingerprint: string | null;
}

/** The firewall's limits, as one process can keep them. */
export interface RateLimits {
  /**
   * Counts a request.
   * @returns 0: it may pass; otherwise how many seconds its sender should wait
   */
  count(request: LimitedRequest): number;
}

/** Counted apart, by rule; beyond it the ones that were quiet longest are forgotten. */
const keysMax = 10_000;
/** WAF counts over a window that slides; here in steps of a tenth. */
const steps = 10;
const stepMs = (edgeLimits.windowSeconds * 1000) / steps;
/** As the firewall says it (`firewall-rates.ts`). */
const retryAfterSeconds = 60;

interface Rule {
  readonly limit: number;
  /** What a request is counted under; null: not at all. */
  readonly keyOf: (request: LimitedRequest) => string | null;
}

const isSent = ({ method, path }: LimitedRequest, what: string): boolean =>
  method === 'POST' && path.endsWith(what);
const fingerprintShape = new RegExp(passFingerprintPattern);
const saysPass = ({ passFingerprint }: LimitedRequest): boolean =>
  passFingerprint !== null && fingerprintShape.test(passFingerprint);
const isUnnamedVote = (request: LimitedRequest): boolean => isSent(request, '/votes') && !saysPass(request);

/**
 * The rules of `firewall-rates.ts` that one machine can play: browsers prove nothing here, so nobody has a token, and
 * there is no TLS to take a fingerprint of.
 */
const rules: readonly Rule[] = [
  { limit: edgeLimits.requestsPerAddress, keyOf: ({ address }) => address },
  {
    limit: edgeLimits.votesPerPass,
    keyOf: (request) => (isSent(request, '/votes') && saysPass(request) ? request.passFingerprint : null),
  },
  {
    limit: edgeLimits.votesWithoutFingerprint,
    keyOf: (request) => (isUnnamedVote(request) ? request.address : null),
  },
  {
    limit: edgeLimits.votesWithoutFingerprintInAll,
    keyOf: (request) => (isUnnamedVote(request) ? 'all' : null),
  },
  {
    limit: edgeLimits.passesPerAddress,
    keyOf: (request) => (isSent(request, '/passes') ? request.address : null),
  },
];

/**
 * The same limits as at the edge (`lib/edge-limits.ts`), for one machine. As there, a rule that refuses counts what it
 * refuses, and the rules after it do not see it.
 *
 * @param clock milliseconds, never set back
 */
export function createRateLimits(clock: () => number): RateLimits {
  const counters = rules.map(({ keyOf, limit }) => ({ keyOf, limit, add: createCounter() }));
  return {
    count(request) {
      const step = Math.floor(clock() / stepMs);
      const isTooMany = counters.some(({ keyOf, limit, add }) => {
        const key = keyOf(request);
        return key !== null && add(key, step) > limit;
      });
      return isTooMany ? retryAfterSeconds : 0;
    },
  };
}

interface Counts {
  readonly byStep: number[];
  /** The step that is being counted. */
  step: number;
}

/** @returns a function that counts one more under a key, and says how many the window has */
function createCounter(): (key: string, step: number) => number {
  const known = new Map<string, Counts>();
  return (key, step) => {
    const counts = known.get(key) ?? { byStep: new Array<number>(steps).fill(0), step };
    // Last in line: the first is the one that was quiet longest.
    known.delete(key);
    for (const oldest of known.keys()) {
      if (known.size < keysMax) break;
      known.delete(oldest);
    }
    known.set(key, counts);
    forgetSteps(counts, step);
    const at = step % steps;
    counts.byStep[at] = (counts.byStep[at] ?? 0) + 1;
    return counts.byStep.reduce((sum, count) => sum + count, 0);
  };
}

/** Clears the steps that have passed since the last request. */
function forgetSteps(counts: Counts, step: number): void {
  const passed = Math.min(steps, step - counts.step);
  for (let back = 0; back < passed; back += 1) counts.byStep[(step - back) % steps] = 0;
  counts.step = step;
}
