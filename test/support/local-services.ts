import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, startChild } from '../../lib/local/child.ts';
import {
  deadLetterQueueName,
  definitionBucketName,
  overflowQueueName,
  streamName,
} from '../../lib/local/local-account.ts';
import type { StoreReady } from '../../lib/local/services/store.ts';
import type { StreamReady } from '../../lib/local/services/stream.ts';

/** A directory of the caller's own, which another user (PostgreSQL as root's child) may pass through. */
export function makeDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'ballotstream-test-'));
  chmodSync(path, 0o711);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The stream stand-in on `directory`; with `port`, where an earlier one was. */
export async function startStream(
  directory: string,
  port = 0,
): Promise<{ readonly child: Child; readonly port: number; readonly endpoint: string }> {
  const child = await startChild({
    name: 'stream',
    settings: { directory: join(directory, 'stream'), port, stream: streamName, shards: 4 },
    logFile: join(directory, 'stream.log'),
    nodeFlags: [],
    onNotice: () => {},
  });
  const ready = child.ready as StreamReady;
  return { child, port: ready.port, endpoint: `http://127.0.0.1:${ready.port}` };
}

/** The queue and object store stand-in, likewise. */
export async function startStore(
  directory: string,
  port = 0,
): Promise<{ readonly child: Child; readonly ready: StoreReady; readonly endpoint: string }> {
  const child = await startChild({
    name: 'store',
    settings: {
      directory: join(directory, 'store'),
      port,
      bucket: definitionBucketName,
      queue: overflowQueueName,
      deadLetterQueue: deadLetterQueueName,
      visibilityTimeoutSeconds: 1,
    },
    logFile: join(directory, 'store.log'),
    nodeFlags: [],
    onNotice: () => {},
  });
  const ready = child.ready as StoreReady;
  return { child, ready, endpoint: `http://127.0.0.1:${ready.port}` };
}

/** Looks again every few milliseconds until it is so. */
export async function until(what: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await what())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
