/**
 * Something on this machine is in the way and the person who typed the command can put it right:
 * a taken port, an unwritable directory, a missing binary. The message is one line and says what
 * to do; `bin/local.ts` prints it without a stack and exits with 1.
 */
export class LocalError extends Error {
  override readonly name = 'LocalError';
  readonly code: LocalErrorCode;

  constructor(code: LocalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type LocalErrorCode =
  | 'binary-missing'
  | 'data-dir-foreign'
  | 'data-dir-in-use'
  | 'data-dir-unwritable'
  | 'node-too-old'
  | 'port-taken'
  | 'postgres-failed'
  | 'root-refused'
  | 'service-failed';

/** The `code` of a Node system error such as EACCES, or `undefined` for anything else. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
