import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { electionIdSchema } from '../../schema/wire/ids.ts';
import { describeDifference } from '../count/difference.ts';
import { type RecountOptions, type RecountReport, recount } from '../count/recount.ts';
import { findStreamWitness } from '../count/stream-witness.ts';
import { AdminError } from './admin-error.ts';
import {
  type Outcome,
  officeOptions,
  officeOptionsHelp,
  openOffice,
  parseCommand,
  runCommand,
} from './command-line.ts';
import type { Office } from './office.ts';
import { hashOf, readTrail } from './trail.ts';
import { verifyTrail } from './verify-trail.ts';

const help = `The audit trail: who did what to elections, keys, kiosks and the voter roll.

  npm run audit -- verify   follows the chain of entries, and holds what is published against it
  npm run audit -- show     every entry
  npm run audit -- seal --election ID --evidence FILE
                            counts every ballot again and, if nothing differs, leaves a digest of each station's in
                            FILE, which must not be there yet, and notes the file's hash

  --head HASH         verify: a hash that was noted earlier has to be in the chain
  --evidence FILE     verify: also that no ballot of --election has changed since FILE was sealed
  --election ID       whose ballots
${officeOptionsHelp}
Each entry holds the hash of the one before. Note the last one down where nobody here can write: whoever changes
anything before it has to change all that follows, and then that hash is gone.
`;

const options = {
  ...officeOptions,
  head: { type: 'string' },
  evidence: { type: 'string' },
  election: { type: 'string' },
} as const;

/** `npm run audit`. */
export async function runAuditCommand(args: readonly string[]): Promise<void> {
  await runCommand('audit', args.includes('--json'), async () => {
    const { values, positionals } = parseCommand(args, options);
    const [verb] = positionals;
    if (values.help || verb === undefined)
      return { text: help, json: { help }, exitCode: values.help ? 0 : 1 };
    if (verb !== 'verify' && verb !== 'show' && verb !== 'seal')
      throw new AdminError(`there is no ${verb}: verify, show, seal (--help)`);
    const head = values.head?.toLowerCase() ?? null;
    if (head !== null && !/^[0-9a-f]{64}$/.test(head)) throw new AdminError('--head: 64 hexadecimal digits');
    const { evidence, election } = values;
    if ((evidence === undefined) !== (election === undefined) || (verb === 'seal' && evidence === undefined))
      throw new AdminError('--evidence and --election go together');
    const office = await openOffice(values);
    try {
      if (verb === 'show') return await show(office);
      const isLocal = values.stage === undefined;
      const ballots =
        evidence === undefined || election === undefined
          ? null
          : { evidence, election, pipeline: isLocal ? { dataDir: values['data-dir'] } : null };
      if (verb === 'seal' && ballots !== null) return await seal(office, ballots);
      return await verify(office, head, ballots);
    } finally {
      office.close();
    }
  });
}

interface Sealed {
  /** A file that lists nobody's vote, and is kept where nobody of the database's can write. */
  readonly evidence: string;
  readonly election: string;
  /** On this machine, whose stream says what was accepted; null: somewhere else. */
  readonly pipeline: { readonly dataDir: string | undefined } | null;
}

/** The ballots as they are now; the trail keeps the hash of the evidence, so that nobody can exchange it later. */
async function seal(office: Office, ballots: Sealed): Promise<Outcome> {
  const { evidence, election } = ballots;
  const report = await countAgain(office, ballots, { keep: evidence });
  if (report.differences.length > 0)
    throw new AdminError(
      'nothing was sealed: the ballots are not what the tally says',
      report.differences.map(describeDifference),
    );
  const sha256 = hashOf(readFileSync(evidence, 'utf8'));
  const { hash } = await office.trail.append({
    action: 'ballots.sealed',
    election: electionIdSchema.parse(election),
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
  return recount({
    url,
    election,
    connections: availableParallelism(),
    stream: stream ?? undefined,
    ...evidence,
  });
}

/** Whether the evidence is what was sealed, and the ballots what the evidence says. */
async function verifyBallots(office: Office, ballots: Sealed): Promise<readonly string[]> {
  const { evidence, election } = ballots;
  if (!existsSync(evidence)) throw new AdminError(`there is no file ${evidence}`);
  const { events } = await readTrail(office.objects);
  const sha256 = hashOf(readFileSync(evidence, 'utf8'));
  const isSealed = events.some(
    ({ event }) =>
      event.action === 'ballots.sealed' && event.election === election && event.details['sha256'] === sha256,
  );
  if (!isSealed) return [`${evidence} is not what was sealed of ${election}`];
  const { differences } = await countAgain(office, ballots, { against: evidence });
  return differences.map(describeDifference);
}

async function verify(office: Office, head: string | null, ballots: Sealed | null): Promise<Outcome> {
  const trail = await verifyTrail(office, head);
  const finding = {
    ...trail,
    faults: [...trail.faults, ...(ballots === null ? [] : await verifyBallots(office, ballots))],
  };
  const isWhole = finding.faults.length === 0;
  const lines = [
    ...finding.notes.map((note) => `note   ${note}`),
    ...finding.faults.map((fault) => `FAULT  ${fault}`),
    `${finding.entries} entries, ${finding.faults.length} faults${isWhole ? ': the chain is whole, and everything published follows from it' : ''}`,
    ...(ballots === null || !isWhole ? [] : [`every ballot of ${ballots.election} is as it was sealed`]),
    `head ${finding.head ?? 'none'}`,
  ];
  return { text: `${lines.join('\n')}\n`, json: { ok: isWhole, ...finding }, exitCode: isWhole ? 0 : 1 };
}

async function show(office: Office): Promise<Outcome> {
  const { events } = await readTrail(office.objects);
  const lines = events.map(
    ({ event: { sequence, at, actor, action, election, details } }) =>
      `${String(sequence).padStart(5)}  ${at}  ${actor}  ${action}  ${election ?? ''}  ${JSON.stringify(details)}\n`,
  );
  return { text: lines.join('') || 'nothing has been done yet\n', json: { events } };
}
