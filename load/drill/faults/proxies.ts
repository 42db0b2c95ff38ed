import type { PipelineOptions } from '../../../lib/local/pipeline.ts';
import { type AwsProxy, startAwsProxy } from './aws-proxy.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** The ways that a drill can break: ingest to stream and store, writer to database. */
export interface Proxies {
  readonly route: NonNullable<PipelineOptions['route']>;
  /** Once the pipeline runs. */
  opened(): { readonly stream: AwsProxy; readonly store: AwsProxy; readonly database: TcpProxy };
  stop(): Promise<void>;
}

export function startProxies(random: () => number): Proxies {
  let stream: AwsProxy | undefined;
  let store: AwsProxy | undefined;
  let database: TcpProxy | undefined;
  return {
    async route(from, to, port) {
      if (from === 'edge' && to === 'stream') {
        stream = await startAwsProxy(port, random);
        return stream.port;
      }
      if (from === 'edge' && to === 'store') {
        store = await startAwsProxy(port, random);
        return store.port;
      }
      if (from === 'writer' && to === 'database') {
        database = await startTcpProxy(port);
        return database.port;
      }
      return port;
    },
    opened() {
      if (stream === undefined || store === undefined || database === undefined)
        throw new Error('the pipeline did not ask for its ways');
      return { stream, store, database };
    },
    async stop() {
      await Promise.all([stream?.stop(), store?.stop(), database?.stop()]);
    },
  };
}
