import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import * as z from 'zod';
import { findStage } from '../stages.ts';
import { AdminError } from './admin-error.ts';
import { type Office, openLocalOffice, openStageOffice, readerUrl, superuserUrl } from './office.ts';

const defaultDataDir = fileURLToPath(new URL('../../.data', import.meta.url));

/** Options that every command of the office has. */
export const officeOptions = {
  'data-dir': { type: 'string' },
  stage: { type: 'string' },
  endpoint: { type: 'string' },
  'database-url': { type: 'string' },
  actor: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies NonNullable<ParseArgsConfig['options']>;

export const officeOptionsHelp = `  --data-dir DIR      the pipeline that runs on this machine (.data)
  --stage STAGE       instead: a stage in AWS, with the credentials of the environment
  --endpoint URL      with --stage: where its API answers, to see a version take effect
  --database-url URL  with --stage: postgres://HOST:PORT/ballotstream?sslmode=require, for what asks the database
  --actor NAME        who is at work, for the audit trail (the name you are logged in with)
  --json              one JSON object
  --help              this
`;

export interface OfficeValues {
  readonly 'data-dir'?: string | undefined;
  readonly stage?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly 'database-url'?: string | undefined;
  readonly actor?: string | undefined;
}

const actorCharsMax = 200;

/** @throws AdminError, and what opening it throws */
export async function openOffice(values: OfficeValues): Promise<Office> {
  const actor = (values.actor ?? loginName()).trim();
  if (actor === '' || actor.length > actorCharsMax || /\p{Cc}/u.test(actor))
    throw new AdminError(`--actor: a name of at most ${actorCharsMax} characters`);
  const options = { actor, clock: Date.now };
  if (values.stage === undefined) {
    for (const name of ['endpoint', 'database-url'] as const)
      if (values[name] !== undefined) throw new AdminError(`--${name} goes with --stage`);
    return openLocalOffice(values['data-dir'] ?? defaultDataDir, options);
  }
  if (values['data-dir'] !== undefined) throw new AdminError('either --data-dir or --stage');
  const endpoint = values.endpoint?.replace(/\/+$/, '') ?? null;
  return openStageOffice(findStage(values.stage), endpoint, values['database-url'] ?? null, options);
}

/**
 * The database of a pipeline on this machine, for reading as a role.
 * @throws AdminError when none runs there
 */
export function openReader(dataDir: string | undefined, role: string): string {
  const url = readerUrl(dataDir ?? defaultDataDir, role);
  if (url === null) throw new AdminError(`the pipeline has no role ${role}: start it again`);
  return url;
}

/** The same as its owner. @throws AdminError when none runs there */
export const ownerUrl = (dataDir: string | undefined): string => superuserUrl(dataDir ?? defaultDataDir);

/** A container may run as a user without a name. */
function loginName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** What a command ends with: text for people, or an object for machines. */
export interface Outcome {
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
  /** 1 where what was asked is not so. */
  readonly exitCode?: 0 | 1;
}

/**
 * Runs a command line: prints what comes of it, or one line of what is wrong (and a line for each mistake), and sets the exit code.
 */
export async function runCommand(
  name: string,
  wantsJson: boolean,
  run: () => Promise<Outcome>,
): Promise<void> {
  try {
    const { text, json, exitCode = 0 } = await run();
    process.stdout.write(wantsJson ? `${JSON.stringify(json)}\n` : text);
    process.exitCode = exitCode;
  } catch (error) {
    process.exitCode = 1;
    const { message, details } = describeFailure(error);
    if (wantsJson) process.stdout.write(`${JSON.stringify({ error: message, details })}\n`);
    else process.stderr.write([`${name}: ${message}`, ...details.map((line) => `  ${line}`), ''].join('\n'));
  }
}

/** One line for people: a schema's own message is its code, over many. */
export function describeFailure(error: unknown): {
  readonly message: string;
  readonly details: readonly string[];
} {
  if (error instanceof z.ZodError) {
    const details = error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
    return { message: 'what was given or read has not the form that it should', details };
  }
  const message = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  return { message, details: error instanceof AdminError ? error.details : [] };
}

/** `parseArgs`, whose complaints are for operators as they are. */
export function parseCommand<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
) {
  return parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
}

/** A line that says how far it is, rewritten in place on a terminal; none where there is no terminal. */
export function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${text}`);
}

const barWidth = 30;

/** `███░░░  50 %  <text>` */
export function drawBar(done: number, of: number, text: string): string {
  const share = of === 0 ? 1 : Math.min(1, done / of);
  const filled = Math.round(share * barWidth);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ${percent} %  ${text}`;
}

export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K');
}
