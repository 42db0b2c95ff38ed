import type { ALBEvent, ALBResult } from 'aws-lambda';
import { createIssuerKeys } from '../../../lib/local/issuer.ts';
import { loadIngest } from '../../../lib/local/load-functions.ts';
import { streamName } from '../../../lib/local/local-account.ts';
import { publishDefinition } from '../../../lib/local/publish-definition.ts';
import { buildBenchElection } from '../bench-election.ts';
import { inFlight } from '../stage/in-flight.ts';
import { collectGarbage, serveJobs } from '../stage/serve-jobs.ts';
import { createFloorHandler } from './floor-handler.ts';
import { createNaiveHandler } from './naive-handler.ts';
import { createVoteEvents } from './vote-events.ts';

export type IngestVariant = 'floor' | 'ours' | 'naive';

export type IngestJob =
  | {
      readonly kind: 'open';
      readonly streamEndpoint: string;
      readonly storeEndpoint: string;
      readonly queueUrl: string;
      readonly regions: number;
      readonly stations: number;
      /** Distinct voters; a round has at most as many votes. */
      readonly passes: number;
      /** Requests under way at once. */
      readonly width: number;
    }
  | { readonly kind: 'round'; readonly variant: IngestVariant; readonly votes: number };

/** Of a round; zeros for `open`. */
export interface IngestRound {
  readonly votes: number;
  /** Of this process, all its threads, user and system. */
  readonly cpuMicros: number;
  readonly wallMicros: number;
}

interface Bench {
  readonly handlers: Readonly<Record<IngestVariant, (event: ALBEvent) => Promise<ALBResult>>>;
  readonly eventsOf: (count: number) => ALBEvent[];
  readonly width: number;
}

let bench: Bench | null = null;

serveJobs(async (job: IngestJob): Promise<IngestRound> => {
  if (job.kind === 'open') {
    bench = await open(job);
    return { votes: 0, cpuMicros: 0, wallMicros: 0 };
  }
  if (bench === null) throw new Error('not open yet');
  return runRound(bench, job.variant, job.votes);
});

async function open(job: Extract<IngestJob, { kind: 'open' }>): Promise<Bench> {
  const { streamEndpoint, storeEndpoint, queueUrl, width } = job;
  const keys = await createIssuerKeys(
    Array.from({ length: job.regions }, (_, region) => `town-${region + 1}`),
  );
  const election = buildBenchElection({
    regions: job.regions,
    stations: job.stations,
    passKeys: keys.map(({ keyId, spki }) => ({ keyId, spki })),
    nowMs: Date.now(),
  });
  await publishDefinition(storeEndpoint, election.definition);
  // Ingest has no use for a database.
  const ours = await loadIngest({
    streamEndpoint,
    storeEndpoint,
    queueUrl,
    databaseUrl: 'postgresql://nobody',
  });
  return {
    handlers: {
      floor: createFloorHandler(election),
      ours,
      naive: createNaiveHandler({
        election,
        endpoint: streamEndpoint,
        stream: streamName,
        socketsMax: width,
      }),
    },
    eventsOf: createVoteEvents(election, keys, job.passes),
    width,
  };
}

async function runRound(
  { handlers, eventsOf, width }: Bench,
  variant: IngestVariant,
  votes: number,
): Promise<IngestRound> {
  const events = eventsOf(votes);
  const handler = handlers[variant];
  const refused: ALBResult[] = [];
  collectGarbage();
  const startedAtMs = performance.now();
  const before = process.cpuUsage();
  await inFlight(events, width, async (event) => {
    const result = await handler(event);
    if (result.statusCode !== 202) refused.push(result);
  });
  const { user, system } = process.cpuUsage(before);
  const wallMicros = (performance.now() - startedAtMs) * 1000;
  const [first] = refused;
  if (first !== undefined)
    throw new Error(
      `${variant}: ${refused.length} of ${votes} votes refused: ${first.statusCode} ${first.body}`,
    );
  return { votes, cpuMicros: user + system, wallMicros };
}
