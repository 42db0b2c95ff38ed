import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ArchivedDay, archiveDay, findDays } from '../../functions/adapters/postgres/archive-ballots.ts';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { AdminError } from './admin-error.ts';
import { type Outcome, officeOptions, ownerUrl, parseCommand, runCommand } from './command-line.ts';

const help = `Archives the ballots of days that are over: each day into a file, read back and checked, then out of the table.

  npm run archive -- --before 2026-12-01 --out DIR

  --before DATE       days before this one
  --out DIR           where the files go: <table>.csv.gz, and <table>.json with count and SHA-256
  --data-dir DIR      the pipeline that runs on this machine (.data)
  --database-url URL  instead: the owner's address of a database
  --json              one JSON object
  --help              this

A day is left as it is while an election that has ballots of it is not over, or its tally is not what its ballots say. Writers go on: nobody
waits longer than half a second. What was detached lies in the schema archive until somebody drops it.
`;

const options = {
  'data-dir': officeOptions['data-dir'],
  'database-url': officeOptions['database-url'],
  json: officeOptions.json,
  help: officeOptions.help,
  before: { type: 'string' },
  out: { type: 'string' },
} as const;

const answerMsMax = 12 * 60 * 60 * 1000;

/** `npm run archive`. */
export async function runArchiveCommand(args: readonly string[]): Promise<void> {
  await runCommand('archive', args.includes('--json'), async () => {
    const { values } = parseCommand(args, options);
    if (values.help) return { text: help, json: { help } };
    const { before, out } = values;
    if (before === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(before) || Number.isNaN(Date.parse(before)))
      throw new AdminError('--before: a day like 2026-12-01');
    if (out === undefined) throw new AdminError('--out: a directory');
    mkdirSync(out, { recursive: true, mode: 0o700 });
    if (!statSync(out).isDirectory()) throw new AdminError(`${out} is no directory`);
    return archive(values['database-url'] ?? ownerUrl(values['data-dir']), before, resolve(out));
  });
}

async function archive(url: string, before: string, directory: string): Promise<Outcome> {
  const pool = createPool({ url, connectionsMax: 1, applicationName: 'ballotstream-archive', answerMsMax });
  const client = await pool.connect();
  client.on('error', () => {});
  const archived: ArchivedDay[] = [];
  try {
    for (const day of await findDays(client, before)) {
      const done = await archiveDay(client, day, directory);
      writeFileSync(join(directory, `${done.table}.json`), `${JSON.stringify(done, null, 2)}\n`);
      archived.push(done);
      process.stderr.write(`${done.day}: ${done.ballots.toLocaleString('en')} ballots archived\n`);
    }
  } finally {
    client.release();
    await pool.end();
  }
  const text = archived.map(({ day, ballots, file, sha256 }) => `${day}  ${ballots}  ${sha256}  ${file}\n`);
  return { text: text.join('') || `there is no day before ${before} to archive\n`, json: { archived } };
}
