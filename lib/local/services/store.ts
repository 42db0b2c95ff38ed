import { Server } from 'node:net';
import { startFauxqs } from 'fauxqs';
import { localRegion } from '../local-account.ts';
import { runService } from './run-service.ts';

export type StoreSettings = {
  /** Directory of the SQLite file; made when missing. */
  readonly directory: string;
  /** 0: any free one. */
  readonly port: number;
  readonly bucket: string;
  readonly queue: string;
  /** Where messages go that were received `receivesMax` times in vain. */
  readonly deadLetterQueue: string;
  readonly visibilityTimeoutSeconds: number;
};
export type StoreReady = {
  readonly port: number;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly deadLetterQueueUrl: string;
};

/** SQS's own maximum. A database that is away for hours must not turn votes into dead letters. */
const receivesMax = 1_000;
/** SQS's own maximum: 14 days. */
const retentionSeconds = 1_209_600;

runService(async (settings: StoreSettings) => {
  listenOnLoopback();
  const server = await startFauxqs({
    port: settings.port,
    logger: false,
    defaultRegion: localRegion,
    dataDir: settings.directory,
  });
  const retention = { MessageRetentionPeriod: String(retentionSeconds) };
  // Not `createQueue`: called for a queue that is there, it replaces it and all its messages.
  const dead = server.setup({ queues: [{ name: settings.deadLetterQueue, attributes: retention }] })
    .queues[0];
  const queue = server.setup({
    queues: [
      {
        name: settings.queue,
        attributes: {
          ...retention,
          VisibilityTimeout: String(settings.visibilityTimeoutSeconds),
          RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead?.arn, maxReceiveCount: receivesMax }),
        },
      },
    ],
    buckets: [settings.bucket],
  }).queues[0];
  if (queue === undefined || dead === undefined) throw new Error('fauxqs made no queue');
  const here = (url: string) => `http://127.0.0.1:${server.port}${new URL(url).pathname}`;
  return {
    // The URLs that fauxqs keeps have the port it had when the queue was made.
    ready: {
      port: server.port,
      queueUrl: here(queue.url),
      queueArn: queue.arn,
      deadLetterQueueUrl: here(dead.url),
    } satisfies StoreReady,
    stop: () => server.stop(),
  };
});

/** fauxqs listens on every address of the machine, and nothing it takes says otherwise. */
function listenOnLoopback(): void {
  const listen = Server.prototype.listen;
  Server.prototype.listen = function (this: Server, ...args: unknown[]) {
    const [first, ...rest] = args;
    const where =
      typeof first === 'object' && first !== null && 'port' in first
        ? { ...first, host: '127.0.0.1' }
        : first;
    return Reflect.apply(listen, this, [where, ...rest]) as Server;
  };
}
