import { DatabaseError } from 'pg';
import { RefusedError, UnavailableError } from '../../core/errors.ts';

/**
 * What to do after an error from PostgreSQL or the way to it:
 * - `again`: the transaction lost a race (deadlock, serialization); the connection is good.
 * - `reconnect`: the connection is of no use any more; the server may be well elsewhere. Includes
 *   25006 (read-only): after a failover a pooled connection may point at what is now a replica.
 * - `refused`: the data cannot be stored, however often it is tried.
 * - `give-up`: anything else: a full disk, missing rights, a schema that does not fit. Never the
 *   data's fault, so never a reason to discard any.
 */
export type Remedy = 'again' | 'reconnect' | 'refused' | 'give-up';

const again = new Set(['40001', '40P01', '55P03']);
const reconnect = new Set(['25006', '57P01', '57P02', '57P03', '57P05', '53300', 'XX000']);

/** Judges by SQLSTATE (PostgreSQL's appendix A), never by message. */
export function remedyFor(error: unknown): Remedy {
  const state = sqlStateOf(error);
  if (state === null) return 'reconnect';
  if (again.has(state) || isMisrouted(error)) return 'again';
  if (reconnect.has(state) || state.startsWith('08')) return 'reconnect';
  return state.startsWith('22') || state.startsWith('23') ? 'refused' : 'give-up';
}

/**
 * A check violation that names no check is about partitions: one was attached while the row was on
 * its way into the default one, or there is none for it now. The row is not to blame.
 */
export function isMisrouted(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '23514' && error.constraint === undefined;
}

/** Null: the error is not the server's, so it is the connection's. */
function sqlStateOf(error: unknown): string | null {
  return error instanceof DatabaseError ? (error.code ?? 'XX000') : null;
}

/** The error as the ports promise it. */
export function toPortError(error: unknown): Error {
  if (remedyFor(error) === 'refused') return new RefusedError(sqlStateOf(error) ?? '22000', error);
  return new UnavailableError('the database cannot take this now', error);
}
