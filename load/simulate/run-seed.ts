import { createHash } from 'node:crypto';
import type { CountableVote } from '../../functions/core/ports.ts';
import { encodeRecord } from '../../functions/core/record.ts';
import type { StreamRecord } from '../../schema/wire/record.ts';
import { audit, countReasons, type Facts, tallyDifferences } from './audit.ts';
import { createBook } from './book.ts';
import { runClients } from './clients.ts';
import { createTables } from './database/tables.ts';
import { createEngine } from './database/transaction.ts';
import { createVoteStore } from './database/vote-store.ts';
import { createFaults, type Faults } from './faults.ts';
import { createIngestFleet } from './ingest-fleet.ts';
import { createLife, type Life } from './life.ts';
import { createQueueModel } from './queue.ts';
import { startQueueMapping } from './queue-mapping.ts';
import { createRandom } from './random.ts';
import { drawRunPlan, type RunPlan } from './run-plan.ts';
import { simElection, simNumbers } from './sim-election.ts';
import { createStreamModel, type StreamModel } from './stream.ts';
import { createStreamMapping } from './stream-mapping.ts';
import { createVirtualTime, type VirtualTime } from './virtual-time.ts';
import type { World } from './world.ts';
import { createWriterFleet } from './writer-fleet.ts';

/** What one run came to. */
export interface SeedReport {
  readonly seed: number;
  /** Empty, if everything held. */
  readonly violations: readonly string[];
  readonly virtualMs: number;
  readonly counts: Readonly<Record<CountName, number>>;
  readonly faults: Faults['counts'];
  readonly reasons: ReturnType<typeof countReasons>;
}

export const countNames = [
  'cast',
  'acknowledged',
  'accepted',
  'recorded',
  'duplicates',
  'quarantined',
  'repeated',
  'overflowed',
  'reshards',
] as const;
type CountName = (typeof countNames)[number];

/** Longest that clients take, and that draining takes once nothing goes wrong any more. */
const clientsMsMax = 10 * 60_000;
const drainMsMax = 60 * 60_000;
/** Calls that take effect late have taken it by then. */
const settleMs = 10_000;
const foldIntervalMs = 2_000;
const listIntervalMs = 1_000;

/**
 * Plays one run from its seed to the end and audits it. The same seed, the same run, on any machine.
 * @param trace gets each line of what happens, with the time since the beginning
 */
export async function runSeed(seed: number, trace?: (line: string) => void): Promise<SeedReport> {
  const random = createRandom(seed);
  const plan = drawRunPlan(random);
  const time = createVirtualTime(plan.startMs);
  const violations: string[] = [];
  const world: World = {
    time,
    random,
    faults: createFaults(plan.faults, random),
    say:
      trace === undefined
        ? () => {}
        : (words) => trace(`${elapsed(time.clock() - plan.startMs)}  ${words()}`),
    violate: (violation) => void violations.push(violation),
  };
  const facts = await play(world, plan);
  violations.push(...audit(facts));
  for (const violation of violations) world.say(() => `AUDIT: ${violation}`);
  return {
    seed,
    violations: [...new Set(violations)],
    virtualMs: Math.round(time.clock() - plan.startMs),
    counts: countFacts(facts, plan),
    faults: world.faults.counts,
    reasons: countReasons(facts.tables),
  };
}

const elapsed = (ms: number): string => `${(ms / 1_000).toFixed(3).padStart(9)} s`;

async function play(world: World, plan: RunPlan): Promise<Facts> {
  const { time, faults, violate, say } = world;
  say(
    () =>
      `plan: ${JSON.stringify({ ...plan, faults: Object.fromEntries(Object.entries(plan.faults).filter(([, rate]) => rate > 0)) })}`,
  );
  let order = 0;
  const nextOrder = (): number => order++;
  const book = createBook();
  const stream = createStreamModel(world, plan.shards, plan.outages.stream, nextOrder);
  const queue = createQueueModel(world, plan.outages.queue, nextOrder);
  const tables = createTables();
  const engine = createEngine(tables);
  const storeFor = (life: Life) =>
    createVoteStore(
      world,
      { engine, outages: plan.outages.database, numbersOf: () => simNumbers, refuses: refusing(plan) },
      life,
    );
  const invoke = createWriterFleet(world, simElection, storeFor);
  const mapping = createStreamMapping(world, stream, invoke, plan.batchRecordsMax);
  startQueueMapping(world, queue, invoke, plan.batchRecordsMax);
  every(time, listIntervalMs, () => mapping.refresh());
  mapping.refresh();
  keepFolding(world, storeFor);
  every(time, foldIntervalMs, () => {
    for (const violation of tallyDifferences(tables)) violate(violation);
  });
  for (const atMs of plan.reshardAtMs) time.after(atMs, () => stream.reshard());
  injectAliens(world, plan, stream);

  const { post } = createIngestFleet(world, simElection, stream, queue, plan.ingestInstances);
  let clientsAreDone = false;
  void runClients(world, book, post, plan.clients).then(() => {
    clientsAreDone = true;
  });
  const isQuiet = (): boolean => clientsAreDone && time.clock() >= plan.healAtMs;
  if (!(await time.runUntil(isQuiet, clientsMsMax))) violate('no answer: clients still wait');
  faults.stop();
  say(() => 'nothing goes wrong any more');
  await time.advance(settleMs);
  const sinceMs = time.clock();
  const isDrained = (): boolean => queue.isEmpty() && mapping.isDrainedSince(sinceMs);
  if (!(await time.runUntil(isDrained, drainMsMax))) violate('not drained: something is stuck');
  say(() => 'drained');
  const taken = [
    ...stream.taken.map((entry) => ({ ...entry, where: 'stream' as const })),
    ...queue.taken.map((entry) => ({ ...entry, where: 'queue' as const })),
  ];
  return { book, taken, tables };
}

function every(time: VirtualTime, intervalMs: number, run: () => void): void {
  time.after(intervalMs, () => {
    run();
    every(time, intervalMs, run);
  });
}

/** As the maintenance function does it, once a minute there. */
function keepFolding(world: World, storeFor: (life: Life) => ReturnType<typeof createVoteStore>): void {
  const store = storeFor(createLife(world.time));
  every(world.time, foldIntervalMs, () => void store.fold().catch(() => {}));
}

/** Decided by the vote's bytes alone, as in a database: the same however often it is tried. */
function refusing({ refusedShare }: RunPlan): (vote: CountableVote) => boolean {
  return ({ ballotId }) =>
    refusedShare > 0 &&
    createHash('sha256').update(ballotId).digest().readUInt32BE(0) / 2 ** 32 < refusedShare;
}

/** What somebody else put into the stream, or another version of ingest. */
function injectAliens({ time, random }: World, plan: RunPlan, stream: StreamModel): void {
  for (let alien = 0; alien < plan.alienRecords; alien++) {
    const record = {
      v: 1,
      election: simElection.definition.election,
      definition: 1,
      ballotId: random.uuid(),
      voterKey: random.uuid(),
      region: 'north',
      station: 'n1',
      channel: 'kiosk',
      selections: [],
      acceptedAt: new Date(plan.startMs).toISOString(),
    };
    const data = random.pick([
      random.bytes(40),
      encodeRecord({ ...record, election: 'nowhere' } as unknown as StreamRecord),
      encodeRecord({ ...record, station: 'n9' } as unknown as StreamRecord),
      encodeRecord({ ...record, definition: 7 } as unknown as StreamRecord),
    ]);
    time.after(random.between(0, plan.clients.castMs), () => stream.inject(record.voterKey, data));
  }
}

function countFacts({ book, taken, tables }: Facts, plan: RunPlan): SeedReport['counts'] {
  return {
    cast: book.wishes.length,
    acknowledged: book.wishes.filter((wish) => wish.acknowledged.size > 0).length,
    accepted: tables.participation.length + tables.duplicateAttempt.length + tables.quarantine.length,
    recorded: tables.participation.length,
    duplicates: tables.duplicateAttempt.length,
    quarantined: tables.quarantine.length,
    repeated: tables.writerBatch.reduce((sum, { outcome }) => sum + outcome.repeated, 0),
    overflowed: taken.filter(({ where }) => where === 'queue').length,
    reshards: plan.reshardAtMs.length,
  };
}
