import type { Election } from '../../../functions/core/election.ts';
import { RefusedError, UnavailableError } from '../../../functions/core/errors.ts';
import type { CountableVote, VoteStore } from '../../../functions/core/ports.ts';
import type { TallyNumbers } from '../../../functions/core/tally.ts';
import type { Life } from '../life.ts';
import { isAway, type Outage, type World } from '../world.ts';
import { DatabaseFault } from './database-fault.ts';
import { recordBatch, type Session } from './record-batch.ts';
import type { PendingRow } from './tables.ts';
import type { Engine, Transaction } from './transaction.ts';

export interface StoreSettings {
  readonly engine: Engine;
  readonly outages: readonly Outage[];
  readonly numbersOf: (election: Election) => TallyNumbers;
  readonly refuses: (vote: CountableVote) => boolean;
}

/** As functions/adapters/postgres/transaction.ts has it. */
const attemptsMax = 4;
const backoffMsMin = 20;
/** As functions/adapters/postgres/fold-tally.ts has it. */
const foldRowsMax = 1_500;
/** Until the server notices that a client is gone, and lets its locks go. */
const noticeMsMax = 500;

/** The store that one process has: the port's promises, kept by a database that misbehaves. */
export function createVoteStore(world: World, settings: StoreSettings, life: Life): VoteStore {
  const { engine } = settings;
  return {
    register: (election) =>
      inTransaction(world, settings, life, async ({ statement }) => {
        await statement();
        return settings.numbersOf(election);
      }),
    record: (batch) => inTransaction(world, settings, life, (session) => recordBatch(session, batch)),
    async fold() {
      await inTransaction(world, settings, life, async ({ transaction, statement }) => {
        await statement();
        if (!transaction.tryLock('fold')) return;
        await statement();
        const rows: PendingRow[] = [...engine.tables.tallyPending].slice(0, foldRowsMax);
        transaction.fold(rows);
      });
    },
  };
}

/** Runs `work` and commits it; again after a lost race or a broken connection, a few times. */
async function inTransaction<T>(
  world: World,
  settings: StoreSettings,
  life: Life,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptTransaction(world, settings, life, work);
    } catch (error) {
      if (!(error instanceof DatabaseFault)) throw error;
      const worthTrying = error.remedy === 'again' || error.remedy === 'reconnect';
      if (!worthTrying || attempt === attemptsMax) throw toPortError(error);
      await life.sleep(backoffMsMin * 2 ** attempt * world.random.between(0.5, 1.5));
    }
  }
}

function toPortError(error: DatabaseFault): Error {
  if (error.remedy === 'refused') return new RefusedError(error.sqlState, error);
  return new UnavailableError('the database cannot take this now', error);
}

async function attemptTransaction<T>(
  world: World,
  settings: StoreSettings,
  life: Life,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { random, faults, time } = world;
  const statement = async (): Promise<void> => {
    await life.sleep(faults.bites('database-slow') ? random.between(50, 1_000) : random.between(0.2, 3));
    if (isAway(settings.outages, time.clock()) || faults.bites('connection-lost'))
      throw new DatabaseFault('reconnect', '57P01');
    if (faults.bites('transaction-lost-race')) throw new DatabaseFault('again', '40001');
    if (faults.bites('disk-full')) throw new DatabaseFault('give-up', '53100');
  };
  await statement();
  const transaction = settings.engine.begin();
  const guard = { isCommitting: false };
  life.onEnd(() => {
    if (!guard.isCommitting) time.after(random.between(0, noticeMsMax), () => transaction.abort());
  });
  try {
    const { tables } = settings.engine;
    const result = await life.receive(work({ tables, transaction, statement, refuses: settings.refuses }));
    guard.isCommitting = true;
    await commit(world, life, transaction);
    return result;
  } catch (error) {
    // A commit on its way ends the transaction by itself.
    if (!guard.isCommitting) transaction.abort();
    throw error;
  }
}

/** Once COMMIT is sent, it takes effect or not whether or not anybody hears of it. */
async function commit(
  { random, faults, time, say }: World,
  life: Life,
  transaction: Transaction,
): Promise<void> {
  const effectMs = faults.bites('commit-late') ? random.between(50, 1_500) : random.between(0.2, 3);
  const replyMs = effectMs + random.between(0.2, 3);
  if (faults.bites('commit-lost')) {
    time.after(effectMs, () => transaction.abort());
    say(() => 'database: COMMIT never arrived');
    await life.sleep(replyMs);
    throw new DatabaseFault('reconnect', '08006');
  }
  time.after(effectMs, () => transaction.commit());
  if (faults.bites('commit-reply-lost')) {
    say(() => 'database: the reply to COMMIT is lost');
    // The caller may be ahead of a commit that takes its time.
    await life.sleep(random.between(0, replyMs));
    throw new DatabaseFault('reconnect', '08006');
  }
  await life.sleep(replyMs);
}
