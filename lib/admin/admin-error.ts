/** What an operator can mend: one line that says what to do, and more lines where there are more mistakes. */
export class AdminError extends Error {
  readonly code = 'admin';
  readonly details: readonly string[];

  constructor(message: string, details: readonly string[] = [], options?: ErrorOptions) {
    super(message, options);
    this.details = details;
  }
}
