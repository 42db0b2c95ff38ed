import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { PoolClient } from 'pg';
import { type ArchivedDay, archiveDay, findDays } from '../../functions/adapters/postgres/archive-ballots.ts';
import { dropDay, restoreDay } from '../../functions/adapters/postgres/archived-days.ts';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { AdminError } from './admin-error.ts';
import { type Outcome, officeOptions, ownerUrl, parseCommand, runCommand } from './command-line.ts';

const help = `Archives the ballots of days that are over: each day into a file, read back and checked, then out of the table.

  npm run archive -- --before 2026-12-01 --out DIR
  npm run archive -- --drop 2026-11-03
  npm run archive -- --restore 2026-11-03

  --before DATE       days before this one
  --out DIR           where the files go: <table>.csv.gz, and <table>.json with count and SHA-256
  --drop DATE         the table of an archived day, once its file is found to be what was written and the table what is in it
  --restore DATE      put a dropped day back from its file
  --file FILE         where that file is now (where it was written to)
  --data-dir DIR      the pipeline that runs on this machine (.data)
  --database-url URL  instead: the owner's address of a database
  --json              one JSON object
  --help              this

A day is left as it is while it is not over in every time zone, an election that has ballots of it is not over, or its
tally is not what its ballots say. Writers go on: each of at most fourteen attempts keeps them waiting for a quarter of a
second and for the moment that the day takes, five seconds apart; behind a longer reader it gives up. What was detached
lies in the schema archive, where recount, count and export read it. Of an election with a dropped day, recount and
export say so and do nothing until it is restored.
`;

const options = {
  'data-dir': officeOptions['data-dir'],
  'database-url': officeOptions['database-url'],
  json: officeOptions.json,
  help: officeOptions.help,
  before: { type: 'string' },
  out: { type: 'string' },
  drop: { type: 'string' },
  restore: { type: 'string' },
  file: { type: 'string' },
} as const;

/** None: a large day takes its time, and node-postgres forgets the timer of a COPY, which would keep the process alive. */
const answerMsMax = 0;

/** `npm run archive`. */
export async function runArchiveCommand(args: readonly string[]): Promise<void> {
  await runCommand('archive', args.includes('--json'), async () => {
    const { values } = parseCommand(args, options);
    if (values.help) return { text: help, json: { help } };
    return work(chooseWork(values), values['database-url'] ?? ownerUrl(values['data-dir']));
  });
}

type Work = (client: PoolClient) => Promise<Outcome>;

/** @throws AdminError what is missing, or one thing too many */
function chooseWork({
  before,
  out,
  drop,
  restore,
  file,
}: Partial<Record<'before' | 'out' | 'drop' | 'restore' | 'file', string>>): Work {
  const chosen = [before, drop, restore].filter((value) => value !== undefined);
  const [day] = chosen;
  if (day === undefined || chosen.length !== 1)
    throw new AdminError('one of --before, --drop and --restore (--help)');
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(Date.parse(day)))
    throw new AdminError(`${day}: a day like 2026-12-01`);
  if (before !== undefined) {
    if (out === undefined) throw new AdminError('--out: a directory');
    if (file !== undefined) throw new AdminError('--file is for --drop and --restore');
    return (client) => archive(client, day, resolve(out));
  }
  if (out !== undefined) throw new AdminError('--out is for --before');
  const from = file === undefined ? undefined : resolve(file);
  return drop === undefined
    ? async (client) => describe('restored', await restoreDay(client, day, from))
    : async (client) => describe('dropped', await dropDay(client, day, from));
}

function describe(verb: 'dropped' | 'restored', day: ArchivedDay): Outcome {
  return { text: `${day.day}: ${day.ballots.toLocaleString('en')} ballots ${verb}\n`, json: { [verb]: day } };
}

async function work(does: Work, url: string): Promise<Outcome> {
  const pool = createPool({ url, connectionsMax: 1, applicationName: 'ballotstream-archive', answerMsMax });
  const client = await pool.connect();
  client.on('error', () => {});
  try {
    return await does(client);
  } finally {
    client.release();
    await pool.end();
  }
}

async function archive(client: PoolClient, before: string, directory: string): Promise<Outcome> {
  const days = await findDays(client, before);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (!statSync(directory).isDirectory()) throw new AdminError(`${directory} is no directory`);
  const archived: ArchivedDay[] = [];
  for (const day of days) {
    const done = await archiveDay(client, day, directory);
    writeFileSync(join(directory, `${done.table}.json`), `${JSON.stringify(done, null, 2)}\n`);
    archived.push(done);
    process.stderr.write(`${done.day}: ${done.ballots.toLocaleString('en')} ballots archived\n`);
  }
  const text = archived.map(({ day, ballots, file, sha256 }) => `${day}  ${ballots}  ${sha256}  ${file}\n`);
  return { text: text.join('') || `there is no day before ${before} to archive\n`, json: { archived } };
}
