import type { Standing } from '../../functions/web/results/positions.ts';
import type { TableRow } from '../../functions/web/results/table-rows.ts';

export const standing: Standing = {
  definition: 1,
  version: 12,
  asOf: '2026-11-03T12:00:00Z',
  status: 'unofficial',
};
/** A region or station of which nothing is known but its name. */
export const makeRow = (id: string, name: string, rest: Partial<TableRow> = {}): TableRow => ({
  id,
  name,
  ballots: 0,
  registeredVoters: null,
  turnout: null,
  stations: null,
  votes: null,
  contestVotes: null,
  suppressed: null,
  standing,
  ...rest,
});
