import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { startPipeline } from '../../lib/local/pipeline.ts';
import { publishDefinition } from '../../lib/local/publish-definition.ts';
import type { Definition } from '../../schema/wire/definition.ts';
import { type Endpoint, parseEndpoint } from '../http/request-text.ts';
import type { ReplayOptions } from './command-line.ts';
import type { Progress } from './progress.ts';
import { ReplayError } from './replay-error.ts';

/** Where the ballots go. */
export interface ReplayPipeline {
  readonly endpoint: Endpoint;
  /** `http://127.0.0.1:8787` */
  readonly origin: string;
  readonly dataDir: string;
  /** Its Node processes, this one and PostgreSQL not among them. */
  pids(): readonly number[];
  publish(definition: Definition): Promise<void>;
  /** Stops what this run has started, and only that. */
  stop(): Promise<void>;
}

/**
 * The pipeline at `--endpoint`, or one of this run's own.
 * @param workDir where its data is if nobody wants to keep it
 * @throws LocalError, ReplayError `no-pipeline`
 */
export async function openPipeline(
  { endpoint, dataDir }: ReplayOptions,
  workDir: string,
  progress: Progress,
): Promise<ReplayPipeline> {
  return endpoint === null
    ? startOwnPipeline(dataDir, workDir, progress)
    : joinPipeline(endpoint, dataDir ?? defaultDataDir);
}

async function startOwnPipeline(
  dataDir: string | null,
  workDir: string,
  progress: Progress,
): Promise<ReplayPipeline> {
  progress.begin('starting the pipeline', 1);
  const onLine = (line: string): void => progress.say(`  ${line}`);
  const pipeline = await startPipeline({ dataDir: dataDir ?? join(workDir, 'data'), port: 0, onLine });
  progress.end();
  const kept = dataDir === null ? ' (temporary)' : '';
  progress.say(`started a pipeline at ${pipeline.endpoint}, data in ${pipeline.dataDir}${kept}`);
  return {
    endpoint: requireEndpoint(pipeline.endpoint),
    origin: pipeline.endpoint,
    dataDir: pipeline.dataDir,
    pids: () => Object.values(pipeline.pids()).filter((pid) => pid !== process.pid),
    publish: (definition) => pipeline.publishDefinition(definition),
    async stop() {
      if (dataDir !== null) {
        await pipeline.stop();
        return;
      }
      // Data that is thrown away need not be drained.
      await pipeline.abort();
    },
  };
}

/** What `npm start` keeps its data in. */
const defaultDataDir = fileURLToPath(new URL('../../.data', import.meta.url));

/** What `npm start` writes into its data directory when it runs; more than this. */
const endpointsSchema = z.object({
  endpoint: z.url(),
  urls: z.object({ s3: z.url() }),
  pids: z.record(z.string(), z.int()),
});

/** A pipeline that somebody else runs on this machine: the election is published in its object store. */
function joinPipeline(endpoint: Endpoint, dataDir: string): ReplayPipeline {
  const file = join(dataDir, 'endpoints.json');
  const running = readEndpoints(file);
  if (running === null || requireEndpoint(running.endpoint).target.port !== endpoint.target.port) {
    throw new ReplayError(
      'no-pipeline',
      `${file} does not tell of a pipeline on port ${endpoint.target.port}: name the --data-dir of the npm start that runs there`,
    );
  }
  return {
    endpoint,
    origin: running.endpoint,
    dataDir,
    pids: () => Object.values(running.pids),
    publish: (definition) => publishDefinition(running.urls.s3, definition),
    stop: async () => {},
  };
}

function readEndpoints(file: string): z.infer<typeof endpointsSchema> | null {
  try {
    return endpointsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

function requireEndpoint(text: string): Endpoint {
  const endpoint = parseEndpoint(text);
  if (endpoint === null) throw new Error(`the pipeline is at ${text}, which is no address`);
  return endpoint;
}
