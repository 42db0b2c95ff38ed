import pg from 'pg';
import { buildBenchElection, castDays } from '../bench-election.ts';
import { BenchError } from '../bench-error.ts';
import type { BenchInput, BenchResult } from '../bench-result.ts';
import { reportsOf } from '../reports/reports.ts';
import type { ResultsJob, ResultsSample } from '../results/results-process.ts';
import { type ClusteredDatabases, startClusteredDatabases } from '../stage/databases.ts';
import type { JobProcess } from '../stage/job-process.ts';
import { findCores, letYield } from '../stage/pin.ts';
import { openWriter } from '../writer/open-writer.ts';
import type { WriterJob, WriterSample } from '../writer/writer-process.ts';
import { describeAnalysts } from './describe-analysts.ts';
import { type AnalystsRounds, type AnalystsSide, analystsSides, measureRounds } from './measure-rounds.ts';
import { type AnalystsSizes, fullSize, quickSize } from './sizes.ts';

/** The cores, as if each were a machine. */
const primaryCore = 0;
const standbyCore = 1;
const databaseName = 'analysts';

/** Writers on the primary and results from the standby: without analysts, and with them on that standby. */
export async function benchAnalysts({ quick, stage, say }: BenchInput): Promise<BenchResult> {
  const size = quick ? quickSize : fullSize;
  const nowMs = Date.now();
  const days = castDays(nowMs);
  const { definition, regions } = buildBenchElection({ ...size, nowMs });
  say('analysts: starting PostgreSQL and object store');
  const [store, databases] = await Promise.all([stage.startStore(), startClusteredDatabases(stage)]);
  const database = await databases.create(databaseName, days, [...regions.keys()]);
  const writer = await openWriter({ stage, store, definition }, database);
  say(`analysts: filling in ${size.filled.toLocaleString('en')} ballots`);
  await writer.run({ kind: 'fill', votes: size.filled, superuserUrl: database.superuserUrl });
  say('analysts: cloning the standby');
  await databases.cluster.withStandby();

  const results = stage.startJobs<ResultsJob, ResultsSample>({
    name: 'results',
    file: new URL('../results/results-process.ts', import.meta.url),
  });
  await results.run({
    kind: 'open',
    storeEndpoint: store.endpoint,
    queueUrl: store.queueUrl,
    databaseUrl: databases.readerUrlFor('results', databaseName),
    auditorUrl: databases.readerUrlFor('auditor', databaseName),
    election: definition.election,
  });
  const isPinned = keepApart(databases, writer, results);
  const [place] = await database.rows<{ region: string; station: string }>(
    'select region, station from ballot group by 1, 2 order by count(*) desc limit 1',
  );
  if (place === undefined) throw new BenchError('wrong-result', 'there is no ballot to report on');
  const readerUrl = databases.readerUrlFor('analyst', databaseName);
  const analysts = {
    apart: await openAnalysts(readerUrl, 'apart', size),
    beside: await openAnalysts(readerUrl, 'beside', size),
  };
  let rounds: AnalystsRounds;
  try {
    rounds = await measureRounds(
      { writer, results, analysts, reports: reportsOf(days[0] ?? '', place.region, place.station) },
      size,
      say,
    );
  } finally {
    await Promise.all(analystsSides.flatMap((side) => analysts[side].map((analyst) => analyst.end())));
  }
  if (databases.cluster.status().promotions > 0 || !databases.cluster.status().synchronous)
    throw new BenchError('wrong-result', 'the standby did not follow all the time');
  return describeAnalysts({ size, rounds, isPinned, postgresql: databases.version });
}

/** In production the writer, its clients and each reader are machines of their own. */
function keepApart(
  databases: ClusteredDatabases,
  writer: JobProcess<WriterJob, WriterSample>,
  results: JobProcess<ResultsJob, ResultsSample>,
): boolean {
  const cores = findCores();
  if (cores === null) return false;
  const { primary, standby } = databases.cluster.status();
  cores.pin(primary.pid, primaryCore);
  cores.pin(writer.pid, primaryCore);
  cores.pin(standby?.pid, standbyCore);
  cores.pin(results.pid, standbyCore);
  return true;
}

/**
 * Analysts apart have what nobody else wants of the core, so that they cost the others no processor
 * time: as on a reader of their own. Memory, disk and the replay of the log they share all the same.
 */
async function openAnalysts(
  url: string,
  side: AnalystsSide,
  { analysts }: AnalystsSizes,
): Promise<readonly pg.Client[]> {
  const clients = Array.from({ length: analysts }, () => new pg.Client({ connectionString: url }));
  for (const client of clients) {
    // The server may end before the session, when the run is interrupted.
    client.on('error', () => {});
    await client.connect();
    const { rows } = await client.query<{ pid: number; is_standby: boolean }>(
      'select pg_backend_pid() as pid, pg_is_in_recovery() as is_standby',
    );
    const [session] = rows;
    if (session?.is_standby !== true) throw new BenchError('wrong-result', 'analysts are not on the standby');
    if (side === 'beside') continue;
    letYield(session.pid);
    // Parallel workers are processes of their own, which would not yield.
    await client.query('set max_parallel_workers_per_gather = 0');
  }
  return clients;
}
