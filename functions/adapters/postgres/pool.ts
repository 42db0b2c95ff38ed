import pg from 'pg';
import type { DatabaseSettings } from '../../core/settings.ts';

/** How long to wait for a connection: short, since after a failover the old address may hang. */
const connectMsMax = 3_000;

/**
 * A pool of connections that is safe behind RDS Proxy: no session settings, no named prepared
 * statements, no temporary tables (each would pin its connection). Connects when first asked.
 */
export function createPool(settings: DatabaseSettings): pg.Pool {
  const pool = new pg.Pool({
    connectionString: settings.url,
    max: settings.connectionsMax,
    connectionTimeoutMillis: connectMsMax,
    idleTimeoutMillis: 60_000,
    application_name: settings.applicationName,
    keepAlive: true,
    ...(settings.password === undefined ? {} : { password: settings.password }),
  });
  // An idle connection that breaks is replaced when next needed; without a listener it would end the process.
  pool.on('error', () => {});
  return pool;
}
