/** What a failure asks for, as functions/adapters/postgres/errors.ts tells them apart. */
export type Remedy = 'again' | 'reconnect' | 'refused' | 'give-up';

/** An error from the database or the way to it. */
export class DatabaseFault extends Error {
  override readonly name = 'DatabaseFault';
  readonly remedy: Remedy;
  readonly sqlState: string;

  constructor(remedy: Remedy, sqlState: string) {
    super(`${remedy} (${sqlState})`);
    this.remedy = remedy;
    this.sqlState = sqlState;
  }
}
