import type { Election } from '../../functions/core/election.ts';
import { AdminError } from './admin-error.ts';
import { toInstant } from './draft-times.ts';
import { toSeconds } from './local-time.ts';
import type { Office } from './office.ts';
import { needPublished, publishChange } from './publish.ts';

/**
 * Ends voting, now or at a time of its own.
 * @param at on the clocks of the election's zone, or with an offset; null: now
 * @throws AdminError for an election that has closed, or has not opened by then
 */
export async function closeElection(
  office: Office,
  id: string,
  at: string | null,
  nowMs: number,
): Promise<Election> {
  const current = await needPublished(office, id);
  const { opensAt, closesAt: closedAt, timeZone } = current.definition;
  const closesAt = at === null ? toSeconds(Math.ceil(nowMs / 1000) * 1000) : toInstant(at, timeZone);
  if (Date.parse(closedAt) <= nowMs) throw new AdminError(`${id} closed at ${closedAt}`);
  if (Date.parse(closesAt) <= Date.parse(opensAt))
    throw new AdminError(
      `${id} opens at ${opensAt} and can close after that; to put it off or call it off, change opensAt and closesAt in its file and publish that`,
    );
  return publishChange(office, current, { closesAt }, nowMs);
}
