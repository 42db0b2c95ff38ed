/** Something the person who typed the command can put right; the message is one line and says what to do. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
  readonly code: 'usage' | 'wrong-result' | 'no-browser';

  constructor(code: BenchError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
