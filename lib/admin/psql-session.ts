import pg from 'pg';

/** What came of a statement, as text: numbers and times are the database's own. */
export interface Answer {
  readonly columns: readonly { readonly name: string; readonly isNumber: boolean }[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** Whether there were more rows than were wanted. */
  readonly hasMore: boolean;
  /** What was done, where there are no columns: `SET`. */
  readonly command: string;
}

/** A connection that asks one statement at a time. */
export interface PsqlSession {
  /** At most `rowsMax` rows of it: the others are not made. Throws what the database says. */
  ask(statement: string, rowsMax: number): Promise<Answer>;
  /** Ends the statement under way, which then throws. */
  cancel(): Promise<void>;
  close(): Promise<void>;
}

/** PostgreSQL, "pg_type": int8, int2, int4, oid, float4, float8, numeric. */
const numberTypes = new Set([20, 21, 23, 26, 700, 701, 1700]);

export async function openSession(url: string): Promise<PsqlSession> {
  const asText = { getTypeParser: () => (text: string) => text };
  const settings = { connectionString: url, application_name: 'ballotstream-psql' };
  const client = new pg.Client({ ...settings, types: asText });
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query<{ pid: string }>('select pg_backend_pid() as pid');
  return {
    async ask(statement, rowsMax) {
      const { fields, rows: found, command } = await askRows(client, statement, rowsMax + 1);
      return {
        columns: fields.map(({ name, dataTypeID }) => ({ name, isNumber: numberTypes.has(dataTypeID) })),
        rows: found.slice(0, rowsMax),
        hasMore: found.length > rowsMax,
        command: command ?? '',
      };
    },
    async cancel() {
      const other = new pg.Client(settings);
      await other.connect();
      await other.query('select pg_cancel_backend($1)', [rows[0]?.pid]);
      await other.end();
    },
    close: () => client.end(),
  };
}

type Result = pg.QueryArrayResult<(string | null)[]>;

/** Of node-postgres, and without types: what it calls on a query whose rows come in pages. */
interface PagedQuery {
  handlePortalSuspended(connection: { sync(): void }): void;
  handleError(error: Error, connection: { sync(): void }): void;
}

function askRows(client: pg.Client, text: string, rows: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    const config = { text, rowMode: 'array', ...(Number.isFinite(rows) ? { rows } : {}) };
    const query = new pg.Query(config as pg.QueryConfig, (error: Error | undefined, result: unknown) =>
      error ? reject(error) : resolve(result as Result),
    );
    if (Number.isFinite(rows)) {
      const paged = query as unknown as PagedQuery;
      const handleError = paged.handleError.bind(query);
      // It would ask for the next page, and leave a failed one without the word that ends it.
      paged.handlePortalSuspended = (connection) => connection.sync();
      paged.handleError = (error, connection) => {
        connection.sync();
        handleError(error, connection);
      };
    }
    client.query(query);
  });
}
