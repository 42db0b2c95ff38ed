import pg from 'pg';

/** How a function reaches its database. */
export interface DatabaseSettings {
  /**
   * `postgres://role:password@host:port/database`, as on one machine. Without a password, as in
   * production, the function's own identity is what lets it in: RDS makes a token of it.
   */
  readonly url: string;
  readonly connectionsMax: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  /** After so long without an answer the connection counts as lost; 25 s unless said. */
  readonly answerMsMax?: number;
}

/** How long to wait for a connection: short, since after a failover the old address may hang. */
export const connectMsMax = 3_000;
/**
 * The address of a host that died answers nothing, not even with an error. Longer than any statement
 * of the writer may take (20 s, in the migrations), so that the server's own word comes first.
 */
export const answerMsMaxDefault = 25_000;

/**
 * A pool of connections that is safe behind RDS Proxy: no session settings, no named prepared
 * statements, no temporary tables (each would pin its connection). Connects when first asked.
 */
export function createPool(settings: DatabaseSettings): pg.Pool {
  const pool = new pg.Pool({
    ...connectionFor(new URL(settings.url)),
    max: settings.connectionsMax,
    connectionTimeoutMillis: connectMsMax,
    query_timeout: settings.answerMsMax ?? answerMsMaxDefault,
    idleTimeoutMillis: 60_000,
    application_name: settings.applicationName,
    keepAlive: true,
  });
  // An idle connection that breaks is replaced when next needed; without a listener it would end the process.
  pool.on('error', () => {});
  return pool;
}

/** How to reach a database, and as whom: of a connection outside of a pool too, such as one for replication. */
export function connectionFor(url: URL): pg.ClientConfig {
  const host = url.hostname;
  const port = Number(url.port || 5432);
  const user = decodeURIComponent(url.username);
  return {
    host,
    port,
    user,
    database: url.pathname.slice(1),
    // Any `sslmode` means a certificate that is checked, against the authorities that Node knows:
    // RDS Proxy's is from Amazon's public ones.
    ssl: url.searchParams.has('sslmode'),
    password: url.password === '' ? () => requestToken(host, port, user) : decodeURIComponent(url.password),
  };
}

/** An IAM token, asked for with every new connection: it is made here, and good for 15 minutes. */
async function requestToken(hostname: string, port: number, username: string): Promise<string> {
  // Loaded only where it is needed: on one machine it would be 10 MB in every process for nothing.
  const { Signer } = await import('@aws-sdk/rds-signer');
  return new Signer({ hostname, port, username }).getAuthToken();
}
