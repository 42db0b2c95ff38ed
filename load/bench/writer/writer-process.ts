import pg, { type Pool, type PoolClient } from 'pg';
import { type Election, parseElection } from '../../../functions/core/election.ts';
import type { VoteStore } from '../../../functions/core/ports.ts';
import type { TallyNumbers } from '../../../functions/core/tally.ts';
import { invokeHandler } from '../../../lib/local/lambda-invoke.ts';
import { loadVoteStore, loadWriter } from '../../../lib/local/load-functions.ts';
import type { Definition } from '../../../schema/wire/definition.ts';
import type { StreamRecord } from '../../../schema/wire/record.ts';
import { createRecordDrawer, type Mix } from '../bench-votes.ts';
import { inFlight } from '../stage/in-flight.ts';
import { collectGarbage, serveJobs } from '../stage/serve-jobs.ts';
import { inBatches, originOf, toCountable, toKinesisEvent } from './batches.ts';
import { copyDirectly, toCopyBatch } from './copy-directly.ts';
import { fillTables } from './fill-tables.ts';
import { recordOne } from './record-one.ts';

/**
 * Ways to store votes: the writer, from the event to the answer; its exactly-once statement alone, with
 * votes that are decoded and judged; COPY into the same tables; a transaction a vote.
 */
export type WriterVariant = 'writer' | 'statement' | 'copy' | 'one-by-one';

export interface WriterRun {
  readonly kind: 'run';
  readonly variant: WriterVariant;
  readonly mix: Mix;
  readonly votes: number;
  readonly batchVotes: number;
  readonly connections: number;
}

export type WriterJob =
  | {
      readonly kind: 'open';
      readonly definition: Definition;
      readonly storeEndpoint: string;
      readonly queueUrl: string;
      /** As role `writer`. */
      readonly databaseUrl: string;
    }
  | { readonly kind: 'fill'; readonly votes: number; readonly superuserUrl: string }
  | WriterRun;

/** Of a run or a fill; zeros for `open`. */
export interface WriterSample {
  readonly votes: number;
  readonly seconds: number;
  /** Of this process; PostgreSQL's is not in it. */
  readonly cpuMicros: number;
}

interface Bench {
  readonly election: Election;
  readonly numbers: TallyNumbers;
  readonly handler: Awaited<ReturnType<typeof loadWriter>>;
  readonly store: VoteStore;
  /** For what is not the writer's, as the writer's role too. */
  readonly pool: Pool;
  readonly drawRecord: (mix: Mix) => StreamRecord;
}

/** As often as the writer does: the sums of a batch are part of recording it, folding them too. */
const foldEveryBatches = 32;
const batchMsMax = 60_000;
/** Different ballots that a fill is made of. */
const patternsMax = 50_000;

let bench: Bench | null = null;
let sequence = 1;

serveJobs(async (job: WriterJob): Promise<WriterSample> => {
  if (job.kind === 'open') {
    bench = await open(job);
    return { votes: 0, seconds: 0, cpuMicros: 0 };
  }
  if (bench === null) throw new Error('not open yet');
  return job.kind === 'fill' ? fill(bench, job.votes, job.superuserUrl) : run(bench, job);
});

async function open(job: Extract<WriterJob, { kind: 'open' }>): Promise<Bench> {
  const { storeEndpoint, queueUrl, databaseUrl } = job;
  const parsed = parseElection(job.definition);
  if (!parsed.ok) throw new Error(parsed.mistakes.map(({ text }) => text).join('\n'));
  // The writer reads from no stream: events are brought to it.
  const environment = { streamEndpoint: 'http://127.0.0.1:9', storeEndpoint, queueUrl, databaseUrl };
  const handler = await loadWriter(environment);
  const store = await loadVoteStore(environment);
  return {
    election: parsed.election,
    numbers: await store.register(parsed.election),
    handler,
    store,
    pool: new pg.Pool({ connectionString: databaseUrl, max: 8, idleTimeoutMillis: 0 }),
    drawRecord: createRecordDrawer(parsed.election),
  };
}

async function fill(opened: Bench, votes: number, superuserUrl: string): Promise<WriterSample> {
  const startedAtMs = performance.now();
  const copies = Math.ceil(votes / patternsMax);
  const patterns = Array.from({ length: Math.ceil(votes / copies) }, () =>
    toCountable(opened.drawRecord('even'), opened.election, opened.numbers),
  );
  await fillTables({ superuserUrl, patterns, copies });
  return { votes: patterns.length * copies, seconds: (performance.now() - startedAtMs) / 1000, cpuMicros: 0 };
}

async function run(opened: Bench, job: WriterRun): Promise<WriterSample> {
  const records = Array.from({ length: job.votes }, () => opened.drawRecord(job.mix));
  const work = prepare(opened, job, records);
  collectGarbage();
  const before = process.cpuUsage();
  const startedAtMs = performance.now();
  await work();
  const seconds = (performance.now() - startedAtMs) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { votes: job.votes, seconds, cpuMicros: user + system };
}

/** Does all that is not to be measured; what it returns does the rest. */
function prepare(opened: Bench, job: WriterRun, records: readonly StreamRecord[]): () => Promise<void> {
  const { election, numbers, store, handler } = opened;
  const batches = inBatches(records, job.batchVotes);
  const firsts = batches.map((batch) => {
    sequence += batch.length;
    return sequence - batch.length;
  });
  const countable = (batch: readonly StreamRecord[]) =>
    batch.map((record) => toCountable(record, election, numbers));
  switch (job.variant) {
    case 'writer': {
      const events = batches.map((batch, at) => toKinesisEvent(batch, firsts[at] ?? 0));
      return () =>
        inFlight(events, job.connections, async (event) => {
          const { batchItemFailures } = await invokeHandler('writer', handler, event, batchMsMax);
          if (batchItemFailures.length > 0) throw new Error('the writer wants a batch again');
        });
    }
    case 'statement': {
      const inputs = batches.map((batch, at) => ({
        origin: originOf(firsts[at] ?? 0, batch.length),
        votes: countable(batch),
        uncountable: [],
      }));
      let recorded = 0;
      return () =>
        inFlight(inputs, job.connections, async (batch) => {
          await store.record(batch);
          recorded += 1;
          if (recorded % foldEveryBatches === 0) await store.fold();
        });
    }
    case 'copy': {
      const texts = batches.map((batch) => toCopyBatch(countable(batch)));
      return () =>
        withClients(opened.pool, job.connections, (clientOf) =>
          inFlight(texts, job.connections, (text, lane) => copyDirectly(clientOf(lane), text)),
        );
    }
    case 'one-by-one': {
      const votes = countable(records);
      return () =>
        withClients(opened.pool, job.connections, (clientOf) =>
          inFlight(votes, job.connections, (vote, lane) => recordOne(clientOf(lane), vote)),
        );
    }
  }
}

/** A connection a lane. */
async function withClients(
  pool: Pool,
  count: number,
  work: (clientOf: (lane: number) => PoolClient) => Promise<void>,
): Promise<void> {
  const clients = await Promise.all(Array.from({ length: count }, () => pool.connect()));
  try {
    await work((lane) => {
      const client = clients[lane];
      if (client === undefined) throw new RangeError(`there is no lane ${lane}`);
      return client;
    });
  } finally {
    for (const client of clients) client.release();
  }
}
