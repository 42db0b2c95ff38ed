import type { Pool, PoolClient } from 'pg';
import { UnavailableError } from '../../core/errors.ts';
import { remedyFor, toPortError } from './errors.ts';

/** Attempts before the caller is told: the event source delivers again, and it never gives up. */
const attemptsMax = 4;
const backoffMsMin = 20;

export interface TransactionOptions {
  /** Hears of every failed attempt that is made again. */
  readonly onRetry?: ((error: unknown) => void) | undefined;
  /**
   * For all attempts together: what runs then loses its connection, and no other attempt begins. Waiting for a
   * connection comes on top, once at most. Without it each statement has the pool's limit.
   */
  readonly totalMsMax?: number | undefined;
}

/**
 * Runs `work` in one transaction and commits it. Deadlocks and broken connections are tried again
 * on a connection that works; a reply to COMMIT that never came counts as broken, so `work` may have
 * taken effect and run again: it has to be idempotent.
 * @throws UnavailableError, RefusedError
 */
export async function inTransaction<T>(
  pool: Pool,
  begin: 'begin' | typeof readOnlySnapshot,
  work: (client: PoolClient) => Promise<T>,
  { onRetry, totalMsMax = Number.POSITIVE_INFINITY }: TransactionOptions = {},
): Promise<T> {
  const startMs = performance.now();
  const leftMs = () => totalMsMax - (performance.now() - startMs);
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptTransaction(pool, begin, work, leftMs);
    } catch (error) {
      const remedy = remedyFor(error);
      const worthTrying = remedy === 'again' || remedy === 'reconnect';
      const waitMs = backoffMsMin * 2 ** attempt * (0.5 + Math.random());
      if (!worthTrying || attempt === attemptsMax || leftMs() <= waitMs) throw toPortError(error);
      onRetry?.(error);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

/** Begins a transaction whose statements all read the same snapshot. */
export const readOnlySnapshot = 'begin isolation level repeatable read read only';

async function attemptTransaction<T>(
  pool: Pool,
  begin: string,
  work: (client: PoolClient) => Promise<T>,
  leftMs: () => number,
): Promise<T> {
  const client = await pool.connect();
  const release = releaseOnce(client);
  const timer = Number.isFinite(leftMs()) ? setTimeout(() => release(true), Math.max(0, leftMs())) : null;
  // A connection that breaks between two statements says so here; the next statement throws.
  const onError = () => {};
  client.on('error', onError);
  let broken = true;
  try {
    await client.query(begin);
    const result = await work(client);
    const { command } = await client.query('commit');
    // After a failed statement COMMIT answers ROLLBACK: not committed is an error, whatever `work` thinks.
    if (command !== 'COMMIT') throw new UnavailableError(`the transaction ended with ${command}`);
    broken = false;
    return result;
  } catch (error) {
    broken = remedyFor(error) === 'reconnect' || !(await rolledBack(client));
    throw error;
  } finally {
    if (timer !== null) clearTimeout(timer);
    release(broken);
    client.off('error', onError);
  }
}

/** Released as broken, a connection is closed under the statement that it waits for, which then throws. */
function releaseOnce(client: PoolClient): (broken: boolean) => void {
  let isReleased = false;
  return (broken) => {
    if (isReleased) return;
    isReleased = true;
    client.release(broken);
  };
}

async function rolledBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query('rollback');
    return true;
  } catch {
    return false;
  }
}
