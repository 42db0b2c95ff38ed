import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalError, systemCode } from './local-error.ts';

/** How long a fast shutdown may take (it writes a checkpoint), before it is made immediate. */
const fastStopMsMax = 20_000;
/** How long an immediate shutdown may take before the process is killed. */
const immediateStopMsMax = 5_000;
const pollMs = 20;

/**
 * Stops the server of `dataDir` that an earlier, killed run left behind. Does nothing when there
 * is none. A process that merely got the same number since is left alone; then the stale pid
 * file goes, because PostgreSQL would refuse to start beside it.
 *
 * @returns whether a server was stopped
 */
export async function stopStalePostmaster(dataDir: string): Promise<boolean> {
  const pid = readPostmasterPid(dataDir);
  if (pid === undefined) return false;
  // Gone, somebody else by now, or killed and not yet reaped: to PostgreSQL the last looks alive.
  if (!isPostmasterOf(pid, dataDir)) {
    rmSync(join(dataDir, 'postmaster.pid'), { force: true });
    return false;
  }
  await stopPostmaster(pid, dataDir);
  return true;
}

/**
 * Stops a server: fast (sessions are ended, a checkpoint is written), then immediate (the next
 * start replays the log), then by kill. Each step only while `pid` still is that server.
 *
 * @throws LocalError `postgres-failed` when it outlives all three
 */
export async function stopPostmaster(pid: number, dataDir: string): Promise<void> {
  const steps = [
    { signal: 'SIGINT', waitMs: fastStopMsMax },
    { signal: 'SIGQUIT', waitMs: immediateStopMsMax },
    { signal: 'SIGKILL', waitMs: immediateStopMsMax },
  ] as const;
  for (const { signal, waitMs } of steps) {
    if (!isPostmasterOf(pid, dataDir)) return;
    sendSignal(pid, signal);
    const deadline = Date.now() + waitMs;
    while (Date.now() < deadline) {
      if (!isPostmasterOf(pid, dataDir)) return;
      await sleep(pollMs);
    }
  }
  throw new LocalError(
    'postgres-failed',
    `PostgreSQL (pid ${pid}) on ${dataDir} does not stop; stop it by hand`,
  );
}

/** Whether process `pid` is a PostgreSQL server on `dataDir`: by its name and by its place. */
export function isPostmasterOf(pid: number, dataDir: string): boolean {
  if (!isAlive(pid)) return false;
  const command = commandLine(pid);
  if (!/\bpostgres\b/.test(command)) return false;
  const place = realpathSync(dataDir);
  return (
    command.includes(` ${place} `) || command.includes(` ${dataDir} `) || workingDirectory(pid) === place
  );
}

/** The server of `dataDir` once it says in its pid file (eighth line) that it takes connections. */
export function readyPostmasterPid(dataDir: string): number | undefined {
  try {
    const lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
    return lines[7]?.trim() === 'ready' ? Number(lines[0]) : undefined;
  } catch {
    return undefined;
  }
}

function readPostmasterPid(dataDir: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(join(dataDir, 'postmaster.pid'), 'utf8'), 10);
    return pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It went by itself between the look and the signal.
    if (systemCode(error) !== 'ESRCH') throw error;
  }
}

/** A zombie counts as gone: it holds nothing any more. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}

function commandLine(pid: number): string {
  try {
    return `${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')} `;
  } catch {
    // No /proc: macOS.
  }
  try {
    return `${execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim()} `;
  } catch {
    return '';
  }
}

function workingDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}
