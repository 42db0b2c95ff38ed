import { setTimeout as sleep } from 'node:timers/promises';
import type { ALBEvent } from 'aws-lambda';
import pg from 'pg';
import { buildAlbEvent } from '../../../lib/local/alb-event.ts';
import { loadResults } from '../../../lib/local/load-functions.ts';
import { collectGarbage, serveJobs } from '../stage/serve-jobs.ts';

/** Asked of the handler, as a browser does, or of the ballots, as people write it. */
export type Question = 'election' | 'region' | 'count';

export type ResultsJob =
  | {
      readonly kind: 'open';
      readonly storeEndpoint: string;
      readonly queueUrl: string;
      /** As role `results`. */
      readonly databaseUrl: string;
      /** As role `analyst`: who reads results may not read ballots. */
      readonly auditorUrl: string;
      readonly election: string;
    }
  | {
      readonly kind: 'read';
      readonly question: Question;
      readonly times: number;
      /** From one answer to the next question; 0, the default: none. */
      readonly pauseMs?: number;
      /** Answers 503 are counted instead of ending the run. */
      readonly countsUnavailable?: boolean;
    };

export interface ResultsSample {
  /** Of each read that was answered, one after another. */
  readonly ms: readonly number[];
  /** Reads that were answered 503, where these are counted. */
  readonly unavailable: number;
  /** What the last read said: ballots, or for `count` the sum over all lines. */
  readonly ballots: number;
}

type Ask = () => Promise<number>;
let asks: Readonly<Record<Question, Ask>> | null = null;

serveJobs(async (job: ResultsJob): Promise<ResultsSample> => {
  if (job.kind === 'open') {
    asks = await open(job);
    return { ms: [], unavailable: 0, ballots: 0 };
  }
  if (asks === null) throw new Error('not open yet');
  return read(asks[job.question], job);
});

async function open(job: Extract<ResultsJob, { kind: 'open' }>): Promise<Record<Question, Ask>> {
  const { storeEndpoint, queueUrl, databaseUrl } = job;
  const handler = await loadResults({
    streamEndpoint: 'http://127.0.0.1:9',
    storeEndpoint,
    queueUrl,
    databaseUrl,
  });
  const auditor = new pg.Client({ connectionString: job.auditorUrl });
  await auditor.connect();
  const askHandler = (by: string): Ask => {
    const event = toEvent(`/v1/elections/${job.election}/results?by=${by}`);
    return async () => {
      const { statusCode, body = '' } = await handler(event);
      if (statusCode === 503) throw new Unavailable(`results answered ${statusCode} ${body}`);
      if (statusCode !== 200) throw new Error(`results answered ${statusCode} ${body}`);
      return (JSON.parse(body) as { ballots: number }).ballots;
    };
  };
  return {
    election: askHandler('election'),
    region: askHandler('region'),
    async count() {
      const { rows } = await auditor.query<{ line_no: number; votes: string }>(
        `select line_no, count(*) as votes from ballot join election using (election_no), unnest(lines) as line_no
          where election = $1
          group by line_no`,
        [job.election],
      );
      return rows.reduce((sum, { votes }) => sum + Number(votes), 0);
    },
  };
}

class Unavailable extends Error {}

async function read(
  ask: Ask,
  { times, pauseMs = 0, countsUnavailable = false }: Extract<ResultsJob, { kind: 'read' }>,
): Promise<ResultsSample> {
  const ms: number[] = [];
  let unavailable = 0;
  let ballots = 0;
  collectGarbage();
  for (let time = 0; time < times; time += 1) {
    const startedAtMs = performance.now();
    try {
      ballots = await ask();
      ms.push(performance.now() - startedAtMs);
    } catch (error) {
      if (!countsUnavailable || !(error instanceof Unavailable)) throw error;
      unavailable += 1;
    }
    if (pauseMs > 0) await sleep(pauseMs);
  }
  return { ms, unavailable, ballots };
}

function toEvent(url: string): ALBEvent {
  const rawHeaders = ['host', 'vote.example.org', 'accept', 'application/json'];
  return buildAlbEvent(
    {
      method: 'GET',
      url,
      rawHeaders,
      body: Buffer.alloc(0),
      clientAddress: '203.0.113.7',
      clientPort: 50_000,
      port: 443,
      traceId: 'Root=1-67891233-abcdef012345678912345678',
    },
    'multi',
  );
}
