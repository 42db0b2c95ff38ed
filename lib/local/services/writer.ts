import { join } from 'node:path';
import { createLocalKinesis, createLocalSqs } from '../aws-clients.ts';
import { openCheckpoints } from '../checkpoints.ts';
import { startEventSourceMapping } from '../event-source-mapping.ts';
import { invokeHandler } from '../lambda-invoke.ts';
import { streamName } from '../local-account.ts';
import { ledgerName, noteOverflow } from '../operator/overflow-ledger.ts';
import type { PipelinePositions } from '../pipeline-positions.ts';
import { stopStalePostmaster } from '../postmaster.ts';
import { startQueueSourceMapping } from '../queue-source-mapping.ts';
import { startSchedule } from '../schedule.ts';
import { type FunctionEnvironment, withEnvironment } from './load-handler.ts';
import { runService } from './run-service.ts';

export type WriterSettings = {
  /** For the checkpoints. */
  readonly directory: string;
  /** `databaseUrl` is that of the role `writer`. */
  readonly functions: FunctionEnvironment;
  readonly maintenanceDatabaseUrl: string;
  readonly queueArn: string;
  /** Of the servers to stop, should the supervisor die; the primary's may be any of them. */
  readonly postgresDataDirs: readonly string[];
};

const maintenanceIntervalMs = 60_000;
const maintenanceMsMax = 60_000;

runService(async (settings: WriterSettings) => {
  const { handler: writer } = await withEnvironment(
    settings.functions,
    () => import('../../../functions/writer/handler.ts'),
  );
  const { handler: maintenance } = await withEnvironment(
    { ...settings.functions, databaseUrl: settings.maintenanceDatabaseUrl },
    () => import('../../../functions/maintenance/handler.ts'),
  );
  const { handler: providers } = await withEnvironment(
    settings.functions,
    () => import('../../../functions/providers/handler.ts'),
  );
  const kinesis = createLocalKinesis(settings.functions.streamEndpoint);
  const sqs = createLocalSqs(settings.functions.storeEndpoint);
  const schedule = startSchedule(
    () => invokeHandler('maintenance', maintenance, undefined, maintenanceMsMax),
    maintenanceIntervalMs,
    (error) => console.error('maintenance', error),
  );
  const keySchedule = startSchedule(
    () => invokeHandler('providers', providers, undefined, maintenanceMsMax),
    maintenanceIntervalMs,
    (error) => console.error('providers', error),
  );
  // Partitions before ballots: what lands in a default partition keeps its day's from being made.
  await schedule.firstRun;
  const stream = startEventSourceMapping({
    client: kinesis,
    stream: streamName,
    checkpoints: openCheckpoints(join(settings.directory, 'checkpoints.json')),
    handler: writer,
    name: 'writer',
    onError: (what, shardId, error) => console.error(what, shardId, error),
  });
  const queue = startQueueSourceMapping({
    client: sqs,
    queueUrl: settings.functions.queueUrl,
    queueArn: settings.queueArn,
    handler: noteOverflow(join(settings.directory, ledgerName), writer),
    name: 'writer',
    onError: (what, error) => console.error(what, error),
  });
  const stop = async () => {
    await Promise.all([stream.stop(), queue.stop(), schedule.stop(), keySchedule.stop()]);
  };
  return {
    ready: {},
    stop,
    // Nobody else is left who could: PostgreSQL has no channel to the supervisor that closes.
    async orphaned() {
      await stop();
      await Promise.all(settings.postgresDataDirs.map(stopStalePostmaster));
    },
    async answer(question) {
      if (question === 'maintain') return schedule.runNow();
      const [what, sinceMs] = question.split(' ');
      if (what === 'positions')
        return { shards: stream.positions(), queue: await queue.position() } satisfies PipelinePositions;
      if (what !== 'drained' || !stream.isDrainedSince(Number(sinceMs))) return false;
      const { inHand, visible, notVisible } = await queue.position();
      return inHand + visible + notVisible === 0;
    },
  };
});
