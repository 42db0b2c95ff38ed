import { limits } from './limits.ts';

/** vCPUs by size; each has 8 GiB of memory (Aurora, "DB instance classes"). */
const vcpusOfSize: Readonly<Record<string, number>> = {
  large: 2,
  xlarge: 4,
  '2xlarge': 8,
  '4xlarge': 16,
  '8xlarge': 32,
  '12xlarge': 48,
  '16xlarge': 64,
  '24xlarge': 96,
  '48xlarge': 192,
};

const gib = 1024 ** 3;
const gibPerVcpu = 8;
/** Serverless: memory of a capacity unit (Aurora, "Serverless v2 capacity"). */
const gibPerAcu = 2;

/** @returns the memory-optimised class with so many vCPUs, or null */
export function instanceTypeOf(vcpus: number): string | null {
  const size = Object.keys(vcpusOfSize).find((one) => vcpusOfSize[one] === vcpus);
  return size === undefined ? null : `r8g.${size}`;
}

/** @param instanceType `r8g.16xlarge`; @throws RangeError for a class that no plan knows */
export function vcpusOf(instanceType: string): number {
  const [, size = ''] = /^r8g\.([a-z0-9]+)$/.exec(instanceType) ?? [];
  const vcpus = vcpusOfSize[size];
  if (vcpus === undefined) throw new RangeError(`${instanceType}: a plan knows r8g.large to r8g.48xlarge`);
  return vcpus;
}

/** What `max_connections` is by default: by memory, up to 5,000. */
export const connectionsOf = (vcpus: number): number => connectionsOfMemory(vcpus * gibPerVcpu * gib);

export const connectionsOfServerless = (acuMax: number): number =>
  connectionsOfMemory(acuMax * gibPerAcu * gib);

function connectionsOfMemory(bytes: number): number {
  return Math.min(Math.floor(bytes / limits.databaseBytesPerConnection), limits.databaseConnectionsMax);
}
