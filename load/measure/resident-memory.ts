import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Resident memory of a process, MB; 0 for one that is gone. */
export async function residentMb(pid: number): Promise<number> {
  if (process.platform !== 'linux') return residentMbFromPs(pid);
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

async function residentMbFromPs(pid: number): Promise<number> {
  try {
    const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)]);
    return Number(stdout.trim()) / 1024;
  } catch {
    return 0;
  }
}

/** Samples the memory of processes together, once a second. */
export interface MemorySampler {
  /** From here on samples count for the tenths. */
  markStart(): void;
  stop(): MemoryFigures;
}

export interface MemoryFigures {
  readonly mbMax: number;
  /** Highest sum within the first and the last tenth of the marked time; 0 where there was no sample. */
  readonly firstTenthMb: number;
  readonly lastTenthMb: number;
}

const sampleMs = 1_000;

/**
 * @param pids of the processes, asked each time: one may be restarted
 */
export function sampleMemory(pids: () => readonly number[]): MemorySampler {
  const samples: number[] = [];
  let marked = 0;
  let mbMax = 0;
  let isSampling = false;
  const sample = async (): Promise<void> => {
    if (isSampling) return;
    isSampling = true;
    const each = await Promise.all(pids().map(residentMb));
    const mb = each.reduce((sum, one) => sum + one, 0);
    samples.push(mb);
    mbMax = Math.max(mbMax, mb);
    isSampling = false;
  };
  const timer = setInterval(() => void sample(), sampleMs);
  void sample();
  return {
    markStart() {
      marked = samples.length;
    },
    stop() {
      clearInterval(timer);
      const during = samples.slice(marked);
      const tenth = Math.ceil(during.length / 10);
      return {
        mbMax,
        firstTenthMb: Math.max(0, ...during.slice(0, tenth)),
        lastTenthMb: Math.max(0, ...during.slice(-tenth)),
      };
    },
  };
}
