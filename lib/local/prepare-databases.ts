import type { Database } from './database.ts';
import { ensureDatabase, hasPendingMigrations, letRolesLogIn, migrationsFolders } from './database-setup.ts';
import type { Launcher } from './launcher.ts';
import { type RollDatabase, rollDatabaseName } from './roll-database.ts';
import type { Secrets } from './secrets.ts';
import type { MigrateSettings } from './services/migrate.ts';

/** Of the votes; the voter roll's has another name and another server. */
export const databaseName = 'ballotstream';

/** Migrated, and only then cloned where there is to be a standby: the clone has it all. */
export async function prepareDatabase(database: Database, secrets: Secrets, launch: Launcher): Promise<void> {
  await ensureDatabase(database.urlFor('postgres'), databaseName);
  await migrate(
    database.urlFor('postgres', undefined, databaseName),
    migrationsFolders.votes,
    secrets,
    launch,
  );
  await database.withStandby();
}

export async function prepareRoll(roll: RollDatabase, secrets: Secrets, launch: Launcher): Promise<void> {
  await ensureDatabase(roll.urlFor('postgres', undefined, 'postgres'), rollDatabaseName);
  await migrate(roll.urlFor('postgres'), migrationsFolders.roll, secrets, launch);
}

async function migrate(
  superuserUrl: string,
  folder: string,
  secrets: Secrets,
  launch: Launcher,
): Promise<void> {
  if (await hasPendingMigrations(superuserUrl, folder)) {
    const migrating = await launch<MigrateSettings>('migrate', { superuserUrl, folder });
    await migrating.stop();
  }
  await letRolesLogIn(superuserUrl, (role) => secrets.passwordFor(role));
}
