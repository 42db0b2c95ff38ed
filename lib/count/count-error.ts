/** Why counting cannot go on, by name; the message is one line that says what to do. */
export class CountError extends Error {
  override readonly name = 'CountError';
  readonly code: CountErrorCode;

  constructor(code: CountErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type CountErrorCode =
  /** On the command line. */
  | 'nonsense'
  /** No database where it was looked for. */
  | 'no-database'
  | 'unknown-election'
  | 'partition-unreadable'
  /** Ballots that were archived and then dropped. */
  | 'ballots-in-files'
  /** A file of evidence that cannot be read, or is none. */
  | 'evidence-unreadable'
  /** A file where evidence was to be left. */
  | 'evidence-exists'
  /** The slot is gone, or what it kept of the log is. */
  | 'slot-lost'
  /** Somebody else reads from the slot. */
  | 'slot-busy'
  | 'publication-missing'
  /** The file was made from another database. */
  | 'other-database'
  /** The file has changes that the database, after a failover, does not have. */
  | 'ahead-of-database';
