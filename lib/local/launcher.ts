import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { type Child, type ChildSpec, type ServiceName, startChild } from './child.ts';
import type { DataDir } from './data-dir.ts';
import { handled } from './handled.ts';
import { bundleServices } from './service-bundles.ts';

export type ChildName = 'stream' | 'store' | 'edge' | 'writer';

/**
 * Heap of every process: it may grow to 256 MB, but in steps of a quarter, and little garbage may
 * gather between. Measured over 60,000 votes: 430 MB for the four together at 0.3 ms of CPU a
 * vote; 585 MB at the same cost as Node would have it. The stream alone grows from 100 to
 * 126 MB over 520,000 records, against 320.
 */
const nodeFlags = ['--max-semi-space-size=4', '--max-old-space-size=256', '--heap-growing-percent=25'];

/** Starts a part as a process of its own. */
export type Launcher = <Settings>(
  name: ServiceName,
  settings: Settings,
  onQuestion?: ChildSpec['onQuestion'],
) => Promise<Child>;

export type LauncherOptions = {
  readonly dataDir: DataDir;
  readonly nodeFlagsOf: (name: ChildName) => readonly string[];
  readonly onLine: (line: string) => void;
};

export function createLauncher({ dataDir, onLine, nodeFlagsOf }: LauncherOptions): Launcher {
  const logs = prepareLogs(dataDir);
  const bundlesP = handled(bundleServices());
  return async (name, settings, onQuestion) => {
    const file = (await bundlesP).get(name);
    const onPid = (pid: number) => dataDir.noteChild(name, pid);
    const logFile = `${logs}/${name}.log`;
    const flags = [...nodeFlags, ...(name === 'migrate' ? [] : nodeFlagsOf(name))];
    return startChild({
      name,
      file,
      settings,
      logFile,
      nodeFlags: flags,
      onNotice: onLine,
      onQuestion,
      onPid,
    });
  };
}

/** The last run's are kept, for looking at what went wrong. */
function prepareLogs(dataDir: DataDir): string {
  const logs = dataDir.file('logs');
  rmSync(`${logs}.previous`, { recursive: true, force: true });
  if (existsSync(logs)) renameSync(logs, `${logs}.previous`);
  mkdirSync(logs, { mode: 0o700 });
  return logs;
}
