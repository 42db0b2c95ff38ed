import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type OperatorFigures, operatorFiguresSchema } from '../../schema/wire/operator.ts';
import { isRunning, type ProcessIdentity } from '../local/process-identity.ts';
import type { StreamFigures } from './accepted.ts';
import { defaultDataDir } from './find-database.ts';

/** Whoever has counted the stream itself. Null: does not answer. */
export interface StreamWitness {
  /** Before a snapshot is taken. Waits a moment for votes that are on their way to it. */
  before(): Promise<StreamFigures | null>;
  /** After it was taken: figures that nobody began to make earlier. */
  after(): Promise<StreamFigures | null>;
}

const answerMsMax = 20_000;
/** An answer is everybody's for a second: what is asked for later is another one. */
const askAgainMs = 300;
/** Accepted votes are recorded within a second or two, unless more and more come. */
const quietMsMax = 5_000;
/** A million records that nobody has asked about before, 50,000 an answer. */
const readMsMax = 60_000;
const replayMsMax = 5_000;

export interface WitnessPlace {
  readonly dataDir?: string | undefined;
  /** As `auditor`: where the pipeline's figures come from, and where the snapshot will. */
  readonly primaryUrl: string;
  readonly snapshotUrl: string;
}

/** The pipeline that runs on a data directory of this machine; it asks what its operator's page asks. Null: none does. */
export function findStreamWitness(place: WitnessPlace): StreamWitness | null {
  const endpoint = readEndpoint(resolve(place.dataDir ?? defaultDataDir));
  if (endpoint === null) return null;
  const askUntil = async (isEnough: (figures: OperatorFigures, tookMs: number) => boolean) => {
    const beganMs = performance.now();
    for (;;) {
      const figures = await askFigures(endpoint);
      if (figures === null || isEnough(figures, performance.now() - beganMs)) return figures;
      await sleep(askAgainMs);
    }
  };
  return {
    async before() {
      const figures = await askUntil(({ verdict }, tookMs) => tookMs >= patienceMs(verdict));
      if (figures?.verdict !== 'balanced' || (await isReplayed(place))) return figures;
      // A standby lacks what it has not replayed: nothing of that is lost.
      return { ...figures, verdict: 'catching-up' };
    },
    async after() {
      const first = await askFigures(endpoint);
      return first === null ? null : askUntil(({ at }) => at !== first.at);
    },
  };
}

const patienceMs = (verdict: OperatorFigures['verdict']): number =>
  verdict === 'reading' ? readMsMax : verdict === 'catching-up' ? quietMsMax : 0;

/** Of a pipeline whose processes are there: its address is nobody else's by now. */
function readEndpoint(dataDir: string): string | null {
  const [file, lock] = [join(dataDir, 'endpoints.json'), join(dataDir, 'running.json')];
  if (!existsSync(file) || !existsSync(lock)) return null;
  const { owner } = JSON.parse(readFileSync(lock, 'utf8')) as { owner: ProcessIdentity };
  if (!isRunning(owner)) return null;
  return (JSON.parse(readFileSync(file, 'utf8')) as { endpoint: string }).endpoint;
}

async function askFigures(endpoint: string): Promise<OperatorFigures | null> {
  try {
    const response = await fetch(`${endpoint}/v1/operator/figures`, {
      signal: AbortSignal.timeout(answerMsMax),
    });
    return response.ok ? operatorFiguresSchema.parse(await response.json()) : null;
  } catch {
    return null;
  }
}

/** Whether a standby has, by now, all that the primary had when this was called. */
async function isReplayed({ primaryUrl, snapshotUrl }: WitnessPlace): Promise<boolean> {
  if (primaryUrl === snapshotUrl) return true;
  const position = await askOnce(primaryUrl, 'select pg_current_wal_flush_lsn()::text as answer', []);
  const untilMs = performance.now() + replayMsMax;
  while (performance.now() < untilMs) {
    const replayed = await askOnce(
      snapshotUrl,
      'select (pg_last_wal_replay_lsn() >= $1::pg_lsn)::text as answer',
      [position],
    );
    if (replayed === 'true') return true;
    await sleep(askAgainMs);
  }
  return false;
}

async function askOnce(
  url: string,
  text: string,
  values: readonly (string | null)[],
): Promise<string | null> {
  const client = new pg.Client({ connectionString: url, application_name: 'ballotstream-recount' });
  await client.connect();
  try {
    const { rows } = await client.query<{ answer: string | null }>(text, [...values]);
    return rows[0]?.answer ?? null;
  } finally {
    await client.end();
  }
}
