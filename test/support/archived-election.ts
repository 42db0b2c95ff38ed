import { mkdirSync } from 'node:fs';
import { archiveDay, type LockPatience } from '../../functions/adapters/postgres/archive-ballots.ts';
import { type ExportOptions, exportElection } from '../../lib/export/export.ts';
import { openCountedElection } from './counted-election.ts';
import { openIndependentCount } from './independent-count.ts';

/** The first of the election's two days. */
export const firstDay = { day: '2026-11-03', table: 'ballot_20261103' };

/** An election of two days, 60 ballots on the first and 30 on the second, ready for the first to be archived. */
export async function openArchivedElection() {
  const election = await openCountedElection(['2026-11-03', '2026-11-04']);
  await election.record(60);
  await election.record(30, '2026-11-04T12:00:00.000Z');
  await election.fold();
  const directory = election.file('archive');
  mkdirSync(directory);
  let exports = 0;
  return {
    ...election,
    archiveFile: () => `${directory}/${firstDay.table}.csv.gz`,
    /** Whatever the clock of this machine says. */
    async archiveFirstDay(patience?: LockPatience): Promise<void> {
      await election.tamper("update election set opens_at = '2020-01-01', closes_at = '2020-01-02'");
      await archiveDay(election.admin, firstDay, directory, patience);
      await election.tamper("update election set opens_at = '2026-11-03', closes_at = '2026-11-04'");
    },
    exportAs: (format: ExportOptions['format']) =>
      exportElection({
        url: election.database.urlFor('auditor'),
        election: election.electionId,
        format,
        directory: election.file(`export-${exports++}`),
        stationBallotsMin: 1,
        header: { issuer: 'Office', issuerAbbreviation: 'OFF', status: 'unofficial-partial' },
      }),
    countFromStream: (...args: string[]) => openIndependentCount(election).countOnce('--ballots', ...args),
    tallyDifferences: async () => (await election.admin.query('select * from tally_difference')).rowCount,
  };
}
export type ArchivedElection = Awaited<ReturnType<typeof openArchivedElection>>;
