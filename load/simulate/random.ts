/** Chance that follows from a seed alone: the same seed, the same draws. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** Draws nothing for a probability of 0, so that what is switched off leaves no mark. */
  chance(probability: number): boolean;
  /** A whole number, both ends included. */
  int(min: number, max: number): number;
  between(min: number, max: number): number;
  /** Throws a RangeError for an empty list. */
  pick<T>(items: readonly T[]): T;
  shuffled<T>(items: readonly T[]): T[];
  bytes(length: number): Buffer;
  /** Of the shape that ballot ids have. */
  uuid(): string;
}

/**
 * sfc32, Chris Doty-Humphrey's small fast counter (PractRand, public domain): 128 bits of state, of
 * which the counter alone makes every seed's sequence at least 2³² long.
 */
export function createRandom(seed: number): Random {
  let [a, b, c, counter] = [0x9e3779b9, seed >>> 0, Math.floor(seed / 2 ** 32), 1];

  function draw(): number {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
  // Until neighbouring seeds have nothing in common.
  for (let round = 0; round < 15; round++) draw();

  const next = (): number => draw() / 2 ** 32;
  const int = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  const bytes = (length: number): Buffer => {
    const buffer = Buffer.alloc(Math.ceil(length / 4) * 4);
    for (let at = 0; at < length; at += 4) buffer.writeUInt32LE(draw(), at);
    return buffer.subarray(0, length);
  };
  return {
    next,
    chance: (probability) => probability > 0 && next() < probability,
    int,
    between: (min, max) => min + next() * (max - min),
    pick(items) {
      if (items.length === 0) throw new RangeError('nothing to pick from');
      return items[int(0, items.length - 1)] as (typeof items)[number];
    },
    shuffled(items) {
      const result = [...items];
      for (let last = result.length - 1; last > 0; last--) {
        const other = int(0, last);
        [result[last], result[other]] = [result[other] as never, result[last] as never];
      }
      return result;
    },
    bytes,
    uuid() {
      const hex = bytes(16).toString('hex');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    },
  };
}
