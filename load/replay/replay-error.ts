/**
 * Something the person who typed the command can put right. The message is one line and says what
 * to do; `load/replay.ts` prints it without a stack and exits with `exitCode`.
 */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';
  readonly code: ReplayErrorCode;

  constructor(code: ReplayErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type ReplayErrorCode =
  /** The command line is wrong. */
  | 'usage'
  /** The results file cannot be read, or is none. */
  | 'bad-file'
  /** The file's election does not fit the definition's limits. */
  | 'bad-election'
  /** The pipeline cannot be reached, or does not take the definition. */
  | 'no-pipeline'
  /** A voter got no pass, or a second one. */
  | 'issuing'
  /** Ctrl-C. */
  | 'interrupted';

/** 2 for a wrong command line, 130 after Ctrl-C as shells have it, 1 for everything else. */
export function exitCodeOf(error: ReplayError): number {
  if (error.code === 'usage') return 2;
  return error.code === 'interrupted' ? 130 : 1;
}
