import type { Log } from '../core/ports.ts';

/** One JSON line a message on standard output, where Lambda and `npm start` pick it up. */
export function createLog(functionName: string): Log {
  return (code, fields = {}) => {
    const line = { at: new Date().toISOString(), function: functionName, code, ...fields };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };
}

/** What an error may say in a log: its name and code, never a message, which may quote what was sent. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  const cause = error.cause === undefined ? '' : ` < ${describeError(error.cause)}`;
  return `${error.name}${code}${cause}`;
}
