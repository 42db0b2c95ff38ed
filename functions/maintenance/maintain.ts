import type { ElectionId, RegionId } from '../../schema/wire/ids.ts';
import { dayIn } from '../core/count-record.ts';
import type { Election } from '../core/election.ts';
import type { Books, Clock, DefinitionSource, Log, Metrics, VoteStore } from '../core/ports.ts';

export interface MaintenanceDependencies {
  readonly definitions: DefinitionSource & { list(): Promise<ElectionId[]> };
  readonly store: VoteStore;
  /** See `makeBallotPartitions`. */
  readonly makePartitions: (day: string, regions: readonly RegionId[]) => Promise<number>;
  readonly countBallotsInDefaultPartitions: () => Promise<number>;
  readonly readBooks: () => Promise<Books>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly describeError: (error: unknown) => string;
}

/** What one run did. */
export interface MaintenanceReport {
  readonly elections: number;
  readonly partitionsMade: number;
  readonly ballotsInDefaultPartitions: number;
  /** See `Books`; null when the books could not be read. */
  readonly unaccounted: number | null;
  /** Steps that failed; they are tried again at the next run. */
  readonly failures: number;
}

/** Days ahead for which partitions stand ready: a run may fail for two days before it matters. */
const daysAhead = 3;
const dayMs = 24 * 3600 * 1000;
/** Half a day: 24 hours would step over a day of 23, as spring has one. */
const stepMs = dayMs / 2;

/**
 * Keeps the database ready for what is published: registers every election, makes the partitions of
 * its coming days, folds what waits, and looks whether ballots lie where nobody expected them. Runs every
 * minute and after a publication; one step failing does not keep the others from their turn.
 */
export function createMaintenance(deps: MaintenanceDependencies): () => Promise<MaintenanceReport> {
  async function attempt<T>(step: string, run: () => Promise<T>): Promise<T | null> {
    try {
      return await run();
    } catch (error) {
      deps.log('maintenance.failed', { step, error: deps.describeError(error) });
      return null;
    }
  }

  async function prepare(electionId: ElectionId): Promise<number> {
    const election = await deps.definitions.get(electionId);
    if (election === null) return 0;
    await deps.store.register(election);
    let made = 0;
    for (const day of daysToPrepare(election, deps.clock()))
      made += await deps.makePartitions(day, [...election.regions.keys()]);
    if (made > 0) deps.log('partitions.made', { election: electionId, tables: made });
    return made;
  }

  return async () => {
    const elections = await attempt('list', () => deps.definitions.list());
    const made: (number | null)[] = [];
    for (const election of elections ?? [])
      made.push(await attempt(`prepare ${election}`, () => prepare(election)));
    const folded = await attempt('fold', async () => {
      await deps.store.fold();
      return true;
    });
    const stray = await attempt('look', deps.countBallotsInDefaultPartitions);
    if (stray !== null && stray > 0) deps.log('partitions.default-in-use', { ballots: stray });
    const books = await attempt('books', deps.readBooks);
    if (books !== null && books.unaccounted > 0) deps.log('books.unaccounted', { votes: books.unaccounted });
    const failures = [elections, ...made, folded, stray, books].filter((outcome) => outcome === null).length;
    measure(deps.metrics, stray, books, failures);
    return {
      elections: elections?.length ?? 0,
      partitionsMade: made.reduce<number>((sum, tables) => sum + (tables ?? 0), 0),
      ballotsInDefaultPartitions: stray ?? 0,
      unaccounted: books?.unaccounted ?? null,
      failures,
    };
  };
}

/** What could not be looked at is not said to be 0: an alarm watches that the numbers keep coming. */
function measure(metrics: Metrics, stray: number | null, books: Books | null, failures: number): void {
  if (stray !== null) metrics.observe('BallotsInDefaultPartitions', stray);
  if (books !== null) {
    metrics.observe('Unaccounted', books.unaccounted);
    metrics.observe('RecordsInQuarantine', books.quarantined);
    metrics.observe('OldestPendingFold', books.oldestPendingSeconds);
  }
  metrics.count('MaintenanceFailures', failures);
  metrics.flush();
}

/** The days on which ballots may be cast from now on, at most `daysAhead` of them, in the election's time zone. */
export function daysToPrepare({ definition, opensAtMs, closesAtMs }: Election, nowMs: number): string[] {
  const firstMs = Math.max(opensAtMs, nowMs);
  const lastMs = Math.min(closesAtMs - 1, firstMs + daysAhead * dayMs);
  const days = new Set<string>();
  for (let atMs = firstMs; atMs < lastMs; atMs += stepMs)
    days.add(dayIn(definition.timeZone, new Date(atMs).toISOString()));
  if (lastMs >= firstMs) days.add(dayIn(definition.timeZone, new Date(lastMs).toISOString()));
  return [...days];
}
