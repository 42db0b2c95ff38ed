import { spawn, spawnSync } from 'node:child_process';
import { AdminError } from './admin-error.ts';
import { type Outcome, officeOptions, openReader, parseCommand, runCommand } from './command-line.ts';
import { renderAnswer, rowsShownMax } from './psql-answer.ts';
import { runPrompt } from './psql-prompt.ts';
import { type Answer, openSession, type PsqlSession } from './psql-session.ts';
import { splitStatements } from './psql-statements.ts';

const help = `Asks the database of a running pipeline, at the standby where there is one.

  npm run psql                                  a prompt: psql, where it is installed, or a small one
  npm run psql -- -c "select * from report.turnout"
  npm run psql < questions.sql                  ends at the first mistake

  -c, --command SQL   statements, and their rows
  --role ROLE         analyst (reports and ballots) or auditor (batches, quarantine, reconciliation too)
  --data-dir DIR      the pipeline that runs on this machine (.data)
  --json              rows as JSON, of the last statement after -c
  --help              this

What there is: \\dv+ report.*, in either prompt.
In AWS: psql as the role analyst with a token of IAM; see the README.
`;

const roles = ['analyst', 'auditor'] as const;

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
    if (values.command !== undefined) return runStatements(url, values.command, values.json);
    if (values.json) throw new AdminError('--json goes with -c (--help)');
    if (hasPsql()) return runPsql(url);
    const { stdin: input, stdout: output, stderr: errors } = process;
    const isTyped = input.isTTY === true;
    const exitCode = await withSession(url, (session) =>
      runPrompt(session, role, { input, output, errors, isTyped }),
    );
    return { text: isTyped ? '\n' : '', json: {}, exitCode };
  });
}

const hasPsql = (): boolean => spawnSync('psql', ['--version'], { stdio: 'ignore' }).status === 0;

/** The password goes through the environment: a command line is there for everybody to read. */
async function runPsql(url: string): Promise<Outcome> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const stops = process.stdin.isTTY === true ? [] : ['-v', 'ON_ERROR_STOP=1'];
  const child = spawn('psql', ['-h', hostname, '-p', port, '-U', username, ...stops, pathname.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, PGPASSWORD: decodeURIComponent(password) },
  });
  // Ctrl-C is for psql, which ends a statement by it and not itself.
  process.on('SIGINT', () => {});
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { text: '', json: {}, exitCode: code === 0 ? 0 : 1 };
}

/** Each statement, and with `--json` the rows of the last one, all of them. */
async function runStatements(url: string, text: string, wantsJson: boolean): Promise<Outcome> {
  const { statements, rest } = splitStatements(text);
  const asked = rest === '' ? statements : [...statements, rest];
  return withSession(url, async (session) => {
    const answers: Answer[] = [];
    for (const statement of asked)
      answers.push(await session.ask(statement, wantsJson ? Number.POSITIVE_INFINITY : rowsShownMax));
    const { columns = [], rows = [] } = answers.at(-1) ?? {};
    return {
      text: answers.map(renderAnswer).join(''),
      json: { columns: columns.map(({ name }) => name), rows },
    };
  });
}

async function withSession<Result>(
  url: string,
  run: (session: PsqlSession) => Promise<Result>,
): Promise<Result> {
  const session = await openSession(url);
  try {
    return await run(session);
  } finally {
    await session.close();
  }
}
