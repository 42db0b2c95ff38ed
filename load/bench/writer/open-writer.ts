import { publishDefinition } from '../../../lib/local/publish-definition.ts';
import type { Definition } from '../../../schema/wire/definition.ts';
import type { BenchDatabase } from '../stage/databases.ts';
import type { JobProcess } from '../stage/job-process.ts';
import type { Stage } from '../stage/stage.ts';
import type { WriterJob, WriterSample } from './writer-process.ts';

export interface WriterSite {
  readonly stage: Stage;
  readonly store: { readonly endpoint: string; readonly queueUrl: string };
  readonly definition: Definition;
}

/** A process with the writer's handler on this database, its election registered. */
export async function openWriter(
  { stage, store, definition }: WriterSite,
  database: BenchDatabase,
): Promise<JobProcess<WriterJob, WriterSample>> {
  await publishDefinition(store.endpoint, definition);
  const jobs = stage.startJobs<WriterJob, WriterSample>({
    name: `writer-${database.name}`,
    file: new URL('./writer-process.ts', import.meta.url),
  });
  await jobs.run({
    kind: 'open',
    definition,
    storeEndpoint: store.endpoint,
    queueUrl: store.queueUrl,
    databaseUrl: database.urlFor('writer'),
  });
  return jobs;
}
