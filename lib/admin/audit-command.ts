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
import { readTrail } from './trail.ts';
import { verifyTrail } from './verify-trail.ts';

const help = `The audit trail: who did what to elections, keys, kiosks and the voter roll.

  npm run audit -- verify   follows the chain of entries, and holds what is published against it
  npm run audit -- show     every entry

  --head HASH         verify: a hash that was noted earlier has to be in the chain
${officeOptionsHelp}
Each entry holds the hash of the one before. Note the last one down where nobody here can write: whoever changes
anything before it has to change all that follows, and then that hash is gone.
`;

const options = { ...officeOptions, head: { type: 'string' } } as const;

/** `npm run audit`. */
export async function runAuditCommand(args: readonly string[]): Promise<void> {
  await runCommand('audit', args.includes('--json'), async () => {
    const { values, positionals } = parseCommand(args, options);
    const [verb] = positionals;
    if (values.help || verb === undefined)
      return { text: help, json: { help }, exitCode: values.help ? 0 : 1 };
    if (verb !== 'verify' && verb !== 'show')
      throw new AdminError(`there is no ${verb}: verify, show (--help)`);
    const head = values.head?.toLowerCase() ?? null;
    if (head !== null && !/^[0-9a-f]{64}$/.test(head)) throw new AdminError('--head: 64 hexadecimal digits');
    const office = await openOffice(values);
    try {
      return verb === 'verify' ? await verify(office, head) : await show(office);
    } finally {
      office.close();
    }
  });
}

async function verify(office: Office, head: string | null): Promise<Outcome> {
  const finding = await verifyTrail(office, head);
  const isWhole = finding.faults.length === 0;
  const lines = [
    ...finding.notes.map((note) => `note   ${note}`),
    ...finding.faults.map((fault) => `FAULT  ${fault}`),
    `${finding.entries} entries, ${finding.faults.length} faults${isWhole ? ': the chain is whole, and everything published follows from it' : ''}`,
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
