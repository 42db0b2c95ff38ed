import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ClientBase } from 'pg';
import { type ArchivedDay, archiveDay, findDays } from '../../functions/adapters/postgres/archive-ballots.ts';
import { dropDay, restoreDay } from '../../functions/adapters/postgres/archived-days.ts';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { AdminError } from './admin-error.ts';
import {
  type Outcome,
  officeOptions,
  openOffice,
  ownerUrl,
  parseCommand,
  runCommand,
} from './command-line.ts';
import type { Office } from './office.ts';
import type { Action } from './trail.ts';

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
  --stage STAGE       instead: a stage in AWS, with the credentials of the environment
  --database-url URL  with --stage or --no-trail: the owner's address of the database
  --no-trail          a database that is no election office's: what is done is noted in no audit trail
  --actor NAME        who is at work, for the audit trail (the name you are logged in with)
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
  stage: officeOptions.stage,
  'database-url': officeOptions['database-url'],
  actor: officeOptions.actor,
  'no-trail': { type: 'boolean', default: false },
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

type Values = ReturnType<typeof parseCommand<typeof options>>['values'];

/** `npm run archive`. */
export async function runArchiveCommand(args: readonly string[]): Promise<void> {
  await runCommand('archive', args.includes('--json'), async () => {
    const { values } = parseCommand(args, options);
    if (values.help) return { text: help, json: { help } };
    const work = chooseWork(values);
    const url = ownerAddress(values);
    const office = values['no-trail'] ? null : await openOffice(values);
    try {
      return await withOwner(url, (client) => work(client, createNote(office)));
    } finally {
      office?.close();
    }
  });
}

function ownerAddress(values: Values): string {
  const url = values['database-url'];
  if (url !== undefined) return url;
  if (values.stage !== undefined)
    throw new AdminError('--stage goes with --database-url, the owner’s address');
  return ownerUrl(values['data-dir']);
}

/** After the commit: what the trail tells has happened. The database itself keeps what was archived (`ballot_archive`). */
type Note = (action: DayAction, day: ArchivedDay) => Promise<void>;
type DayAction = Extract<Action, 'ballots.archived' | 'ballots.dropped' | 'ballots.restored'>;

/** @param office null: what is done stands in no trail */
export const createNote =
  (office: Office | null): Note =>
  async (action, { day, ballots, sha256 }) => {
    await office?.trail.append({ action, election: null, details: { day, ballots, sha256 } });
  };

type Work = (client: ClientBase, note: Note) => Promise<Outcome>;

/** @throws AdminError what is missing, or one thing too many */
export function chooseWork({
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
    return (client, note) => archive(client, day, resolve(out), note);
  }
  if (out !== undefined) throw new AdminError('--out is for --before');
  const from = file === undefined ? undefined : resolve(file);
  return drop === undefined
    ? async (client, note) => tell('restored', await restoreDay(client, day, from), note)
    : async (client, note) => tell('dropped', await dropDay(client, day, from), note);
}

async function tell(verb: 'dropped' | 'restored', day: ArchivedDay, note: Note): Promise<Outcome> {
  await note(`ballots.${verb}`, day);
  return { text: `${day.day}: ${day.ballots.toLocaleString('en')} ballots ${verb}\n`, json: { [verb]: day } };
}

async function withOwner(url: string, run: (client: ClientBase) => Promise<Outcome>): Promise<Outcome> {
  const pool = createPool({ url, connectionsMax: 1, applicationName: 'ballotstream-archive', answerMsMax });
  const client = await pool.connect();
  client.on('error', () => {});
  try {
    return await run(client);
  } finally {
    client.release();
    await pool.end();
  }
}

async function archive(client: ClientBase, before: string, directory: string, note: Note): Promise<Outcome> {
  const days = await findDays(client, before);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (!statSync(directory).isDirectory()) throw new AdminError(`${directory} is no directory`);
  const archived: ArchivedDay[] = [];
  for (const day of days) {
    const done = await archiveDay(client, day, directory);
    writeFileSync(join(directory, `${done.table}.json`), `${JSON.stringify(done, null, 2)}\n`);
    await note('ballots.archived', done);
    archived.push(done);
    process.stderr.write(`${done.day}: ${done.ballots.toLocaleString('en')} ballots archived\n`);
  }
  const text = archived.map(({ day, ballots, file, sha256 }) => `${day}  ${ballots}  ${sha256}  ${file}\n`);
  return { text: text.join('') || `there is no day before ${before} to archive\n`, json: { archived } };
}
