import pg from 'pg';

const answerMsMax = 10_000;
const connectMsMax = 3_000;

/** One statement as superuser, on a connection of its own: what anybody outside the pipeline could ask. */
export async function ask<Row extends pg.QueryResultRow>(
  url: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectMsMax,
    query_timeout: answerMsMax,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query<Row>(text, values)).rows;
  } finally {
    client.end().catch(() => {});
  }
}
