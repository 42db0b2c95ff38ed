import { cpus, loadavg, totalmem } from 'node:os';

/** Where and how figures came about: without it they are nobody's. */
export interface Provenance {
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGb: number;
    readonly os: string;
  };
  readonly versions: { readonly node: string; readonly postgresql: string | null };
  readonly command: string;
  /** When the run began, ISO 8601. */
  readonly date: string;
  /** Of the last minute before it began: above 0.5, others had work too. */
  readonly loadAverage: number;
}

export function describeMachine(args: readonly string[], nowMs: number): Provenance {
  const cores = cpus();
  return {
    machine: {
      cpu: cores[0]?.model.trim() ?? 'unknown',
      cores: cores.length,
      memoryGb: Math.round(totalmem() / 2 ** 30),
      os: `${process.platform} ${process.arch}`,
    },
    versions: { node: process.versions.node, postgresql: null },
    command: ['npm run bench --', ...args].join(' '),
    date: new Date(nowMs).toISOString(),
    loadAverage: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}
