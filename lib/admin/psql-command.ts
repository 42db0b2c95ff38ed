import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { AdminError } from './admin-error.ts';
import { type Outcome, officeOptions, openReader, parseCommand, runCommand } from './command-line.ts';

const help = `Asks the database of a running pipeline, at the standby where there is one.

  npm run psql                                  a prompt: psql, where it is installed
  npm run psql -- -c "select * from report.turnout"

  -c, --command SQL   one statement, and its rows
  --role ROLE         analyst (reports and ballots) or auditor (batches, quarantine, reconciliation too)
  --data-dir DIR      the pipeline that runs on this machine (.data)
  --json              rows as JSON
  --help              this

What there is: select * from pg_catalog.obj_description('report'::regnamespace); in psql \\dv+ report.*
In AWS: psql as the role analyst with a token of IAM; see the README.
`;

const roles = ['analyst', 'auditor'] as const;
const rowsShownMax = 10_000;

const options = {
  'data-dir': officeOptions['data-dir'],
  json: officeOptions.json,
  help: officeOptions.help,
  command: { type: 'string', short: 'c' },
  role: { type: 'string', default: 'analyst' },
} as const;

/** `npm run psql`. */
export async function runPsqlCommand(args: readonly string[]): Promise<void> {
  await runCommand('psql', args.includes('--json'), async () => {
    const { values, positionals } = parseCommand(args, options);
    if (values.help) return { text: help, json: { help } };
    if (positionals.length > 0) throw new AdminError(`${positionals[0]}: a statement goes after -c (--help)`);
    const role = roles.find((one) => one === values.role);
    if (role === undefined) throw new AdminError(`--role ${values.role}: ${roles.join(' or ')}`);
    const url = openReader(values['data-dir'], role);
    if (values.command !== undefined) return runOne(url, values.command);
    if (hasPsql()) return runPsql(url);
    return runPrompt(url, role);
  });
}

const hasPsql = (): boolean => spawnSync('psql', ['--version'], { stdio: 'ignore' }).status === 0;

/** The password goes through the environment: a command line is there for everybody to read. */
async function runPsql(url: string): Promise<Outcome> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const child = spawn('psql', ['-h', hostname, '-p', port, '-U', username, pathname.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, PGPASSWORD: decodeURIComponent(password) },
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { text: '', json: {}, exitCode: code === 0 ? 0 : 1 };
}

async function runOne(url: string, statement: string): Promise<Outcome> {
  return withClient(url, async (client) => {
    const { fields, rows } = await ask(client, statement);
    return { text: renderRows(fields, rows), json: { columns: fields, rows } };
  });
}

/** A prompt for where there is no psql: a statement ends with a semicolon. */
async function runPrompt(url: string, role: string): Promise<Outcome> {
  return withClient(url, async (client) => {
    const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: `${role}=> ` });
    process.stdout.write('There is no psql here; a statement a time, ended with a semicolon. Ctrl-D ends.\n');
    let statement = '';
    lines.prompt();
    for await (const line of lines) {
      statement += `${line}\n`;
      if (statement.trimEnd().endsWith(';')) {
        await ask(client, statement).then(
          ({ fields, rows }) => process.stdout.write(renderRows(fields, rows)),
          (error: unknown) =>
            process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`),
        );
        statement = '';
      }
      lines.prompt();
    }
    return { text: '\n', json: {} };
  });
}

interface Rows {
  readonly fields: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** As text, as psql shows it: numbers and times are the database's own. */
async function ask(client: pg.Client, statement: string): Promise<Rows> {
  const answer: unknown = await client.query({ text: statement, rowMode: 'array' });
  // Several statements have several answers; the last one is shown.
  const last = (Array.isArray(answer) ? answer.at(-1) : answer) as pg.QueryArrayResult<(string | null)[]>;
  return { fields: (last.fields ?? []).map(({ name }) => name), rows: last.rows ?? [] };
}

async function withClient<Result>(url: string, run: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const asText = { getTypeParser: () => (text: string) => text };
  const client = new pg.Client({
    connectionString: url,
    application_name: 'ballotstream-psql',
    types: asText,
  });
  client.on('error', () => {});
  await client.connect();
  try {
    return await run(client);
  } finally {
    await client.end();
  }
}

function renderRows(fields: Rows['fields'], rows: Rows['rows']): string {
  const shown = rows.slice(0, rowsShownMax);
  const widths = fields.map((name, column) =>
    Math.max(name.length, ...shown.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    ` ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')}`.trimEnd();
  const left = rows.length > shown.length ? `, the first ${shown.length} shown` : '';
  return [
    line(fields),
    `-${widths.map((width) => '-'.repeat(width)).join('-+-')}-`,
    ...shown.map((row) => line(row.map((cell) => cell ?? ''))),
    `(${rows.length} ${rows.length === 1 ? 'row' : 'rows'}${left})`,
    '',
  ].join('\n');
}
