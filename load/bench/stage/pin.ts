import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, constants, setPriority } from 'node:os';

/**
 * Keeps processes to one core each, as if every core were a machine of its own: what shares no core
 * disturbs the other only through what they say to each other, and through memory and disk.
 */
export interface Cores {
  readonly count: number;
  /** The process with all its threads and children, and whatever it starts later. */
  pin(pid: number | undefined, core: number): void;
}

/** Null: fewer than two cores, or no `taskset` (util-linux). */
export function findCores(): Cores | null {
  const count = availableParallelism();
  if (count < 2 || spawnSync('taskset', ['--version']).status !== 0) return null;
  return {
    count,
    pin(pid, core) {
      if (pid === undefined) throw new Error('a process that did not start cannot be kept to a core');
      // Those it starts from here on are where it is.
      if (!pinOne(pid, core)) throw new Error(`process ${pid} could not be kept to core ${core}`);
      for (const child of childrenOf(pid)) pinOne(child, core);
    },
  };
}

/** From here on the process runs when nobody else on its core wants to. Threads that it has already do not. */
export function letYield(pid: number): void {
  setPriority(pid, constants.priority.PRIORITY_LOW);
  // Linux shares a core among sessions first, and every PostgreSQL backend is a session of its own:
  // its niceness counts among its own threads only, sched(7), "The autogroup feature".
  const autogroup = `/proc/${pid}/autogroup`;
  if (existsSync(autogroup)) writeFileSync(autogroup, String(constants.priority.PRIORITY_LOW));
}

const pinOne = (pid: number, core: number): boolean =>
  spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(pid)]).status === 0;

/** Of Linux, which is where `taskset` is. */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
