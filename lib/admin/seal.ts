import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { ElectionId } from '../../schema/wire/ids.ts';
import { describeDifference } from '../count/difference.ts';
import { type RecountOptions, type RecountReport, recount } from '../count/recount.ts';
import { findStreamWitness } from '../count/stream-witness.ts';
import { AdminError } from './admin-error.ts';
import type { Outcome } from './command-line.ts';
import type { Office } from './office.ts';
import { hashOf, readTrail } from './trail.ts';

export interface Sealed {
  /** A file that lists nobody's vote, and is kept where nobody of the database's can write. */
  readonly evidence: string;
  readonly election: ElectionId;
  /** On this machine, whose stream says what was accepted; null: somewhere else. */
  readonly pipeline: { readonly dataDir: string | undefined } | null;
}

/** The ballots as they are now; the trail keeps the hash of the evidence, so that nobody can exchange it later. */
export async function sealBallots(office: Office, ballots: Sealed): Promise<Outcome> {
  const { evidence, election } = ballots;
  const report = await countAgain(office, ballots, { keep: evidence });
  if (report.differences.length > 0)
    throw new AdminError(
      'nothing was sealed: the ballots are not what the tally says',
      report.differences.map(describeDifference),
    );
  const sha256 = hashOfFile(evidence);
  const { hash } = await office.trail.append({
    action: 'ballots.sealed',
    election,
    details: { ballots: report.ballots, partitions: report.partitions, sha256 },
  });
  const text = `${report.ballots.toLocaleString('en')} ballots of ${election} sealed in ${evidence}; head ${hash}\n`;
  return { text, json: { election, ballots: report.ballots, evidence, sha256, head: hash } };
}

async function countAgain(
  office: Office,
  { election, pipeline }: Sealed,
  evidence: Pick<RecountOptions, 'keep' | 'against'>,
): Promise<RecountReport> {
  const url = office.databaseUrl('auditor');
  if (url === null) throw new AdminError('the database is not known: say --database-url');
  const stream =
    pipeline === null ? null : findStreamWitness({ ...pipeline, primaryUrl: url, snapshotUrl: url });
  const connections = availableParallelism();
  return recount({ url, election, connections, stream: stream ?? undefined, ...evidence });
}

/** Whether the evidence is what was sealed, and the ballots what the evidence says. */
export async function verifyBallots(office: Office, ballots: Sealed): Promise<readonly string[]> {
  const { evidence, election } = ballots;
  const { events } = await readTrail(office.objects);
  const sha256 = hashOfFile(evidence);
  const isSealed = events.some(
    ({ event }) =>
      event.action === 'ballots.sealed' && event.election === election && event.details['sha256'] === sha256,
  );
  if (!isSealed) return [`${evidence} is not what was sealed of ${election}`];
  const { differences } = await countAgain(office, ballots, { against: evidence });
  return differences.map(describeDifference);
}

/** @throws AdminError where there is no such file */
export function hashOfFile(evidence: string): string {
  if (!existsSync(evidence)) throw new AdminError(`there is no file ${evidence}`);
  return hashOf(readFileSync(evidence, 'utf8'));
}
