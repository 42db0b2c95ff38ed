import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, startChild } from '../../../lib/local/child.ts';
import {
  deadLetterQueueName,
  definitionBucketName,
  overflowQueueName,
  streamName,
} from '../../../lib/local/local-account.ts';
import type { StoreReady, StoreSettings } from '../../../lib/local/services/store.ts';
import type { StreamReady, StreamSettings } from '../../../lib/local/services/stream.ts';
import { createCleanUp } from './clean-up.ts';
import { type JobProcess, type JobProcessOptions, startJobProcess } from './job-process.ts';

/** Where one bench runs: a directory, and processes that end with it. */
export interface Stage {
  file(name: string): string;
  defer(what: () => Promise<void> | void): void;
  /** The stream stand-in. */
  startStream(): Promise<{ readonly endpoint: string }>;
  /** The stand-in for queue and object store. */
  startStore(): Promise<{ readonly endpoint: string; readonly queueUrl: string }>;
  startJobs<Job, Result>(options: Omit<JobProcessOptions, 'logFile'>): JobProcess<Job, Result>;
  /** Ends every process and removes the directory. May be called again; never rejects. */
  close(): Promise<void>;
}

const shards = 4;

export function openStage(): Stage {
  const cleanUp = createCleanUp();
  const directory = mkdtempSync(join(tmpdir(), 'ballotstream-bench-'));
  // Run as root, PostgreSQL is another user, who has to pass through.
  chmodSync(directory, 0o711);
  cleanUp.defer(() => rmSync(directory, { recursive: true, force: true }));
  const logs = join(directory, 'logs');
  mkdirSync(logs, { mode: 0o700 });

  async function startService(name: 'stream' | 'store', settings: unknown): Promise<Child> {
    const starting = startChild({
      name,
      settings,
      logFile: join(logs, `${name}.log`),
      nodeFlags: [],
      onNotice: () => {},
    });
    // Also one that is still starting when the run is interrupted; one that fails to has ended.
    cleanUp.defer(async () => {
      const child = await starting.catch(() => null);
      await child?.stop();
    });
    return starting;
  }

  return {
    file: (name) => join(directory, name),
    defer: cleanUp.defer,
    async startStream() {
      const settings: StreamSettings = {
        directory: join(directory, 'stream'),
        port: 0,
        stream: streamName,
        shards,
      };
      const { port } = (await startService('stream', settings)).ready as StreamReady;
      return { endpoint: `http://127.0.0.1:${port}` };
    },
    async startStore() {
      const settings: StoreSettings = {
        directory: join(directory, 'store'),
        port: 0,
        bucket: definitionBucketName,
        queue: overflowQueueName,
        deadLetterQueue: deadLetterQueueName,
        visibilityTimeoutSeconds: 30,
      };
      const { port, queueUrl } = (await startService('store', settings)).ready as StoreReady;
      return { endpoint: `http://127.0.0.1:${port}`, queueUrl };
    },
    startJobs<Job, Result>(options: Omit<JobProcessOptions, 'logFile'>) {
      const jobs = startJobProcess<Job, Result>({ ...options, logFile: join(logs, `${options.name}.log`) });
      cleanUp.defer(() => jobs.end());
      return jobs;
    },
    close: cleanUp.run,
  };
}
