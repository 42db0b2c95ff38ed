import { fork } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { JobAnswer, JobMessage } from './serve-jobs.ts';

/** A process of its own that does one job at a time; its processor time is that of the jobs alone. */
export interface JobProcess<Job, Result> {
  /** Undefined where it could not be started: every job says so. */
  readonly pid: number | undefined;
  /** Rejects with what went wrong over there, also when the process is gone. */
  run(job: Job): Promise<Result>;
  /** Lets it exit, waited for. May be called again. */
  end(): Promise<void>;
}

export interface JobProcessOptions {
  /** For messages and the log. */
  readonly name: string;
  /** Its file: calls `serveJobs`. */
  readonly file: URL;
  /** What it prints goes here: the functions log to standard output. */
  readonly logFile: string;
}

/** A job prepares, measures and answers within this; filling five million rows takes the longest. */
const jobMsMax = 180_000;
const exitMsMax = 10_000;

export function startJobProcess<Job, Result>({
  name,
  file,
  logFile,
}: JobProcessOptions): JobProcess<Job, Result> {
  const log = openSync(logFile, 'a', 0o600);
  const child = fork(fileURLToPath(file), [], {
    // Garbage of the preparation is taken out before the clock starts. The rest is what this
    // process was started with: `node --cpu-prof load/bench.ts ingest` profiles the job too.
    execArgv: [...process.execArgv, '--expose-gc'],
    stdio: ['ignore', log, log, 'ipc'],
    serialization: 'advanced',
  });
  closeSync(log);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });

  return {
    pid: child.pid,
    run(job) {
      return new Promise<Result>((resolve, reject) => {
        let isSettled = false;
        const fail = (what: string): void =>
          settle(() => reject(new Error(`${name} ${what}: ${lastErrorLine(logFile)}`)));
        const timer = setTimeout(() => fail(`did not answer within ${jobMsMax / 1000} s`), jobMsMax);
        const onAnswer = (answer: JobAnswer): void =>
          answer.ok ? settle(() => resolve(answer.result as Result)) : fail(`failed: ${answer.error}`);
        const settle = (then: () => void): void => {
          if (isSettled) return;
          isSettled = true;
          clearTimeout(timer);
          child.off('message', onAnswer);
          then();
        };
        child.on('message', onAnswer);
        void ended.then(() => fail('is gone'));
        if (child.connected) child.send({ type: 'job', job } satisfies JobMessage);
      });
    },
    async end() {
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), exitMsMax);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** The log is gone with its directory when the run is interrupted. */
function lastErrorLine(logFile: string): string {
  try {
    const lines = readFileSync(logFile, 'utf8').trim().split('\n');
    return lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? '';
  } catch {
    return '';
  }
}
