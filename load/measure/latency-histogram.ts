/**
 * Latencies in a fixed amount of memory, as HdrHistogram keeps them: exact to 1 in 128 (0.8 %) from
 * 1 µs to 71 minutes; whatever is longer counts as that.
 */
export interface LatencyHistogram {
  readonly count: number;
  readonly msMax: number;
  record(ms: number): void;
  /** The latency that this share of them did not exceed, ms; 0 while there are none. @param share 0 to 1 */
  quantileMs(share: number): number;
}

const subBuckets = 128;
const subBucketBits = 7;
const microsecondsMax = 2 ** 32 - 1;
/** Below 256 µs a bucket a microsecond, then 128 for each doubling up to 2^32. */
const buckets = (32 - subBucketBits + 1) * subBuckets;

export function createLatencyHistogram(): LatencyHistogram {
  const counts = new Float64Array(buckets);
  let count = 0;
  let msMax = 0;
  return {
    get count() {
      return count;
    },
    get msMax() {
      return msMax;
    },
    record(ms) {
      const value = Math.min(Math.max(Math.round(ms * 1000), 0), microsecondsMax);
      const bucket = bucketOf(value);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
      count += 1;
      msMax = Math.max(msMax, ms);
    },
    quantileMs(share) {
      if (count === 0) return 0;
      const rank = Math.max(1, Math.ceil(share * count));
      let seen = 0;
      for (let bucket = 0; bucket < buckets; bucket += 1) {
        seen += counts[bucket] ?? 0;
        if (seen >= rank) return Math.min(upperEdge(bucket) / 1000, msMax);
      }
      return msMax;
    },
  };
}

function bucketOf(value: number): number {
  if (value < 2 * subBuckets) return value;
  const shift = 31 - Math.clz32(value) - subBucketBits;
  return shift * subBuckets + (value >>> shift);
}

/** The highest value that falls into a bucket. */
function upperEdge(bucket: number): number {
  if (bucket < 2 * subBuckets) return bucket;
  const shift = Math.floor(bucket / subBuckets) - 1;
  return ((bucket % subBuckets) + subBuckets + 1) * 2 ** shift - 1;
}
