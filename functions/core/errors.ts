/** Something needed cannot be reached now. The same call may succeed later. */
export class UnavailableError extends Error {
  readonly code = 'unavailable';
  constructor(what: string, cause?: unknown) {
    super(what, { cause });
    this.name = 'UnavailableError';
  }
}

/** Neither the stream nor the overflow queue confirmed a vote in time. It may be stored all the same. */
export class NotDurableError extends Error {
  readonly code = 'not-durable';
  constructor(what: string, cause?: unknown) {
    super(what, { cause });
    this.name = 'NotDurableError';
  }
}

/** The database refuses the data itself: delivering it again cannot help. */
export class RefusedError extends Error {
  readonly code = 'refused';
  readonly sqlState: string;
  constructor(sqlState: string, cause?: unknown) {
    super(`the database refused the data (SQLSTATE ${sqlState})`, { cause });
    this.name = 'RefusedError';
    this.sqlState = sqlState;
  }
}
