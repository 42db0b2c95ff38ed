import { mkdirSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import kinesalite from 'kinesalite';
import kinesaliteDb from 'kinesalite/db/index.js';
import { fasterNumbers } from './kinesalite-numbers.ts';
import { runService } from './run-service.ts';

export type StreamSettings = {
  /** Directory of the store; made when missing. */
  readonly directory: string;
  /** 0: any free one. */
  readonly port: number;
  readonly stream: string;
  readonly shards: number;
};
export type StreamReady = { readonly port: number };

/** As in production: what the database could not take waits in the stream this long. */
const retentionHours = 168;
/** Open shards kinesalite allows in all: room for drills that split every one. */
const shardLimit = 500;

Object.assign(kinesaliteDb, fasterNumbers({ ...kinesaliteDb }));

runService(async (settings: StreamSettings) => {
  mkdirSync(settings.directory, { recursive: true });
  const server = kinesalite({
    path: settings.directory,
    shardLimit,
    createStreamMs: 0,
    deleteStreamMs: 0,
    updateStreamMs: 0,
  });
  // kinesalite throws from a listener of its own when a client goes away in the middle of a
  // request (a killed writer does), which would take the whole stream down.
  server.on('request', (request) => {
    request.removeAllListeners('error');
    request.on('error', () => {});
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await ensureStream(port, settings);
  return {
    ready: { port } satisfies StreamReady,
    // The others have stopped by now; what is on its way is written before the store closes.
    async stop() {
      server.closeIdleConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
});

async function ensureStream(port: number, { stream, shards }: StreamSettings): Promise<void> {
  const created = await call(port, 'CreateStream', { StreamName: stream, ShardCount: shards });
  const refusal = created['__type'];
  if (refusal !== undefined && refusal !== 'ResourceInUseException') {
    throw new Error(`CreateStream: ${JSON.stringify(refusal)}`);
  }
  for (;;) {
    const answer = await call(port, 'DescribeStreamSummary', { StreamName: stream });
    const summary = answer['StreamDescriptionSummary'] as
      | { StreamStatus?: string; RetentionPeriodHours?: number }
      | undefined;
    if (summary?.StreamStatus === 'ACTIVE') {
      if ((summary.RetentionPeriodHours ?? 0) >= retentionHours) return;
      await call(port, 'IncreaseStreamRetentionPeriod', {
        StreamName: stream,
        RetentionPeriodHours: retentionHours,
      });
      return;
    }
    await sleep(20);
  }
}

/** One call by hand: the SDK would be 40 MB in a process that has no other use for it. */
function call(port: number, operation: string, input: unknown): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `Kinesis_20131202.${operation}`,
      'x-amz-date': new Date().toISOString().replaceAll(/[-:]|\.\d+/g, ''),
      // kinesalite wants a signature and does not check it.
      authorization: 'AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=local',
    };
    const sent = request({ host: '127.0.0.1', port, method: 'POST', headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve(JSON.parse(Buffer.concat(chunks).toString() || '{}') as Record<string, unknown>),
      );
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(input));
  });
}
