import { join } from 'node:path';
import { createLog } from '../adapters/log.ts';
import { applyMigrations, countMigrations } from '../adapters/postgres/migrate.ts';
import { connectAsOwner } from '../adapters/postgres/owner.ts';
import { readSecret } from '../adapters/secrets.ts';
import { readEnvironment } from '../core/environment.ts';
import type { Log } from '../core/ports.ts';
import { environmentNames } from './env.ts';

export interface MigrateDependencies {
  /** Throws when the database cannot be reached, or refuses a migration; then none is applied. */
  readonly migrate: () => Promise<void>;
  readonly log: Log;
}

/** Where Lambda unpacks the bundle; it sets the variable itself. */
const bundle = process.env['LAMBDA_TASK_ROOT'] ?? '.';

/** Puts the function together from its environment. Throws if a variable is missing, or there are no migrations. */
export function wireMigrate(): MigrateDependencies {
  const env = readEnvironment(environmentNames, process.env);
  const log = createLog('migrate');
  const migrationsFolder = join(bundle, env.MIGRATIONS);
  countMigrations(migrationsFolder);
  return {
    async migrate() {
      const client = await connectAsOwner(env.DATABASE_URL, await readSecret(env.OWNER_SECRET));
      try {
        log('migration.applied', { ...(await applyMigrations(client, migrationsFolder)) });
      } finally {
        await client.end();
      }
    },
    log,
  };
}
