import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { renderAnswer, rowsShownMax } from './psql-answer.ts';
import { catalogueHelp, catalogueStatement } from './psql-catalogue.ts';
import type { PsqlSession } from './psql-session.ts';
import { splitStatements } from './psql-statements.ts';

export interface PromptStreams {
  readonly input: Readable;
  readonly output: Writable;
  /** What is wrong with what came through a pipe. */
  readonly errors: Writable;
  /** Somebody types, or it comes from a file or a pipe: then it ends at the first mistake. */
  readonly isTyped: boolean;
}

const greeting = 'There is no psql here, but this: \\? says what it knows, \\q ends it.\n';

/**
 * Asks what is typed, or what comes through a pipe, one statement after the other. psql's commands of the catalogue
 * work too, also in the middle of a statement.
 * @param name of the role, for the prompt
 * @returns the exit code: 1 after a mistake in a pipe
 */
export async function runPrompt(session: PsqlSession, name: string, streams: PromptStreams): Promise<0 | 1> {
  const { input, output, errors, isTyped } = streams;
  const lines = createInterface({ input, ...(isTyped ? { output, terminal: true } : {}) });
  let pending = '';
  let isAsking = false;
  const prompt = () => {
    if (!isTyped) return;
    lines.setPrompt(`${name}${pending === '' ? '=>' : '->'} `);
    lines.prompt();
  };
  const ask = async (statement: string): Promise<boolean> => {
    isAsking = true;
    try {
      output.write(renderAnswer(await session.ask(statement, rowsShownMax)));
      return true;
    } catch (error) {
      (isTyped ? output : errors).write(`${describeError(error)}\n`);
      return false;
    } finally {
      isAsking = false;
    }
  };
  lines.on('SIGINT', () => {
    if (isAsking) return void session.cancel().catch(() => {});
    if (pending === '' && lines.line === '') return lines.close();
    pending = '';
    lines.write(null, { ctrl: true, name: 'e' });
    lines.write(null, { ctrl: true, name: 'u' });
    output.write('\n');
    prompt();
  });
  if (isTyped) output.write(greeting);
  prompt();
  for await (const line of lines) {
    const command = readCommand(line, pending);
    if (command?.name === 'q') break;
    const statements = command === null ? take(line) : [];
    if (command !== null && !(await obey(command)) && !isTyped) return 1;
    for (const statement of statements) if (!(await ask(statement)) && !isTyped) return 1;
    prompt();
  }
  // Of a pipe, the last statement needs no semicolon; what is typed may have been given up.
  if (pending !== '' && !isTyped && !(await ask(pending))) return 1;
  return 0;

  function take(line: string): string[] {
    const { statements, rest } = splitStatements(`${pending}${line}\n`);
    pending = rest;
    return statements;
  }

  async function obey({ name: command, pattern }: PromptCommand): Promise<boolean> {
    if (command === '?') {
      output.write(catalogueHelp);
      return true;
    }
    const statement = catalogueStatement(command, pattern);
    if (statement !== null) return ask(statement);
    (isTyped ? output : errors).write(`\\${command} is none of the commands here: \\? says which\n`);
    return false;
  }
}

interface PromptCommand {
  readonly name: string;
  readonly pattern: string;
}

/** A line that begins with a backslash; or a word that people try. */
function readCommand(line: string, pending: string): PromptCommand | null {
  const [, name, pattern = ''] = /^\s*\\(\w+\+?|\?)\s*(.*?)\s*;?\s*$/.exec(line) ?? [];
  if (name !== undefined) return { name, pattern };
  const word = pending === '' ? line.trim().replace(/;$/, '').toLowerCase() : '';
  if (word === 'exit' || word === 'quit') return { name: 'q', pattern: '' };
  return word === 'help' ? { name: '?', pattern: '' } : null;
}

/** With what the database advises. */
export function describeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? error.hint : '';
  return hint === '' ? message : `${message}\n${hint}`;
}
