import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process as it can be recognised later: its number alone may be somebody else's by then. */
export type ProcessIdentity = { readonly pid: number; readonly birth: string };

/** The process that has number `pid` now, if there is one that is not merely waiting to be reaped. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const birth = process.platform === 'linux' ? birthOnLinux(pid) : birthElsewhere(pid);
  return birth === undefined ? undefined : { pid, birth };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.birth === identity.birth;
}

/** Boot and clock ticks since it: the 22nd field, counted after the name, which may hold spaces. */
function birthOnLinux(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

function birthElsewhere(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}
