import { type ElectionId, electionIdSchema } from '../../schema/wire/ids.ts';
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
import { runQuarantine } from './quarantine-verb.ts';
import { hashOfFile, type Sealed, sealBallots, verifyBallots } from './seal.ts';
import { readTrail } from './trail.ts';
import { verifyTrail } from './verify-trail.ts';

const help = `The audit trail: who did what to elections, keys, kiosks, the voter roll, archived days and quarantine.

  npm run audit -- verify   follows the chain of entries, and holds what is published against it
  npm run audit -- show     every entry
  npm run audit -- seal --election ID --evidence FILE
                            counts every ballot again and, if nothing differs, leaves a digest of each station's in
                            FILE, which must not be there yet, and notes the file's hash
  npm run audit -- quarantine list
                            what was accepted and could not be counted, by reason; with --reason each record, never what it says
  npm run audit -- quarantine decide --reason REASON --decision count|reject --because TEXT
                            notes what officers decided of the records that have no decision; neither counts nor deletes any

  --head HASH         verify: a hash that was noted earlier has to be in the chain
  --evidence FILE     verify: also that no ballot of --election has changed since FILE was sealed
  --election ID       whose ballots; quarantine: only of this election
  --reason REASON     quarantine: only what is there for it
  --record KEY        decide: only this one, also if it was decided before; may stand several times
  --because TEXT      decide: why, for who reads the trail later; never what a ballot says
${officeOptionsHelp}
Each entry holds the hash of the one before. Note the last one down where nobody here can write: whoever changes
anything before it has to change all that follows, and then that hash is gone.
`;

const options = {
  ...officeOptions,
  head: { type: 'string' },
  evidence: { type: 'string' },
  election: { type: 'string' },
  reason: { type: 'string' },
  record: { type: 'string', multiple: true, default: [] as string[] },
  decision: { type: 'string' },
  because: { type: 'string' },
} as const;

/** `npm run audit`. */
export async function runAuditCommand(args: readonly string[]): Promise<void> {
  await runCommand('audit', args.includes('--json'), async () => {
    const { values, positionals } = parseCommand(args, options);
    const [verb, subverb] = positionals;
    if (values.help || verb === undefined)
      return { text: help, json: { help }, exitCode: values.help ? 0 : 1 };
    const run = verbs[verb];
    if (run === undefined)
      throw new AdminError(`there is no ${verb}: ${Object.keys(verbs).join(', ')} (--help)`);
    const election = parseElectionId(values.election);
    const office = await openOffice(values);
    try {
      return await run(office, { ...values, election }, subverb);
    } finally {
      office.close();
    }
  });
}

type Values = Omit<ReturnType<typeof parseCommand<typeof options>>['values'], 'election'> & {
  readonly election: ElectionId | undefined;
};

const verbs: Readonly<
  Record<string, (office: Office, values: Values, subverb: string | undefined) => Promise<Outcome>>
> = {
  verify,
  show,
  seal: async (office, values) => {
    const ballots = findSealed(values);
    if (ballots === null) throw new AdminError('--evidence and --election go together');
    return sealBallots(office, ballots);
  },
  quarantine: (office, values, subverb) => runQuarantine(office, subverb, values),
};

function parseElectionId(text: string | undefined): ElectionId | undefined {
  if (text === undefined) return undefined;
  const id = electionIdSchema.safeParse(text);
  if (!id.success) throw new AdminError(`--election ${text.slice(0, 80)}: ${id.error.issues[0]?.message}`);
  return id.data;
}

function findSealed({ evidence, election, stage, 'data-dir': dataDir }: Values): Sealed | null {
  if ((evidence === undefined) !== (election === undefined))
    throw new AdminError('--evidence and --election go together');
  if (evidence === undefined || election === undefined) return null;
  return { evidence, election, pipeline: stage === undefined ? { dataDir } : null };
}

async function verify(office: Office, values: Values): Promise<Outcome> {
  const head = values.head?.toLowerCase() ?? null;
  if (head !== null && !/^[0-9a-f]{64}$/.test(head)) throw new AdminError('--head: 64 hexadecimal digits');
  const ballots = findSealed(values);
  const evidence = ballots === null ? null : hashOfFile(ballots.evidence);
  const trail = await verifyTrail(office, { keptHead: head, evidence });
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
