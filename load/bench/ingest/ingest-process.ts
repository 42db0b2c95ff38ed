import type { ALBEvent, ALBResult } from 'aws-lambda';
import type { Election } from '../../../functions/core/election.ts';
import { deriveVoterKey, fingerprintPass, parsePass, receiptIdOf } from '../../../functions/core/pass.ts';
import { createIssuerKeys } from '../../../lib/local/issuer.ts';
import { loadIngest } from '../../../lib/local/load-functions.ts';
import { streamName } from '../../../lib/local/local-account.ts';
import { publishDefinition } from '../../../lib/local/publish-definition.ts';
import { openReceiptKeys } from '../../../lib/local/receipt-keys.ts';
import type { BallotId } from '../../../schema/wire/ids.ts';
import { buildBenchElection } from '../bench-election.ts';
import { inFlight } from '../stage/in-flight.ts';
import { collectGarbage, serveJobs } from '../stage/serve-jobs.ts';
import { createFloorHandler } from './floor-handler.ts';
import { createBenchKiosks } from './kiosk-headers.ts';
import { createNaiveHandler } from './naive-handler.ts';
import { type Authorize, createVoteEvents } from './vote-events.ts';

const signedId = 'bench-signed';

/**
 * `signed`: the same with a registered kiosk's token and a signed receipt. `sealed`: with a token over each body, so that none
 * is remembered. `pass`: only what is done with a pass beside verifying it.
 */
export type IngestVariant = 'floor' | 'ours' | 'signed' | 'sealed' | 'naive' | 'pass';

export type IngestJob =
  | {
      readonly kind: 'open';
      readonly streamEndpoint: string;
      readonly storeEndpoint: string;
      readonly queueUrl: string;
      /** Made, for the receipt keys. */
      readonly receiptKeysFile: string;
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

type Handler = (event: ALBEvent) => Promise<ALBResult>;

interface Bench {
  readonly variants: Readonly<
    Record<IngestVariant, { readonly handler: Handler; readonly eventsOf: (count: number) => ALBEvent[] }>
  >;
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
  const { streamEndpoint, storeEndpoint, queueUrl, receiptKeysFile, width } = job;
  const keys = await createIssuerKeys(
    Array.from({ length: job.regions }, (_, region) => `town-${region + 1}`),
  );
  const kiosks = createBenchKiosks();
  const shape = {
    regions: job.regions,
    stations: job.stations,
    passKeys: keys.map(({ keyId, spki }) => ({ keyId, spki })),
    nowMs: Date.now(),
  };
  const election = buildBenchElection(shape);
  const signing = {
    receiptKeys: openReceiptKeys(receiptKeysFile),
    kioskKeys: [...kiosks.kioskKeys],
  };
  const signedElection = buildBenchElection({ ...shape, id: signedId, signing });
  for (const { definition } of [election, signedElection]) await publishDefinition(storeEndpoint, definition);
  // Ingest has no use for a database.
  const handler = await loadIngest({
    streamEndpoint,
    storeEndpoint,
    queueUrl,
    receiptKeysFile,
    databaseUrl: 'postgresql://nobody',
  });
  const eventsOf = createVoteEvents(election, keys, job.passes);
  const signedEvents = (authorize: Authorize) =>
    createVoteEvents(signedElection, keys, job.passes, authorize);
  const naive = createNaiveHandler({
    election,
    endpoint: streamEndpoint,
    stream: streamName,
    socketsMax: width,
  });
  return {
    variants: {
      floor: { handler: createFloorHandler(election), eventsOf },
      ours: { handler, eventsOf },
      signed: {
        handler,
        eventsOf: signedEvents(({ region, station }) => kiosks.tokenOf(signedId, region, station)),
      },
      sealed: {
        handler,
        eventsOf: signedEvents(({ region, station }, body) =>
          kiosks.tokenOver(signedId, region, station, body),
        ),
      },
      naive: { handler: naive, eventsOf },
      pass: createPassReader(election, eventsOf),
    },
    width,
  };
}

/** What a pass costs beside its verification; the bodies are read ahead. */
function createPassReader(
  { definition }: Election,
  eventsOf: (count: number) => ALBEvent[],
): Bench['variants']['pass'] {
  const accepted: ALBResult = { statusCode: 202, body: '' };
  const bodies = new WeakMap<ALBEvent, { readonly pass: string; readonly ballotId: BallotId }>();
  return {
    eventsOf(count) {
      const events = eventsOf(count);
      for (const event of events) {
        const body = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8').toString(
          'utf8',
        );
        bodies.set(event, JSON.parse(body) as { pass: string; ballotId: BallotId });
      }
      return events;
    },
    handler(event) {
      const { pass: text, ballotId } = bodies.get(event) ?? { pass: '', ballotId: '' as BallotId };
      const pass = parsePass(text);
      if (pass === null || fingerprintPass(text) === '') throw new Error('not a pass');
      receiptIdOf(deriveVoterKey(definition.election, pass), ballotId);
      return Promise.resolve(accepted);
    },
  };
}

async function runRound(
  { variants, width }: Bench,
  variant: IngestVariant,
  votes: number,
): Promise<IngestRound> {
  const { handler, eventsOf } = variants[variant];
  const events = eventsOf(votes);
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
