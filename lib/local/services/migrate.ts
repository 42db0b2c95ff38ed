import { runMigrations } from '../migrate.ts';
import { runService } from './run-service.ts';

export type MigrateSettings = { readonly superuserUrl: string; readonly folder: string };

// In a process of its own that ends, for the memory: see `hasPendingMigrations`.
runService(async ({ superuserUrl, folder }: MigrateSettings) => {
  await runMigrations(superuserUrl, folder);
  return { ready: {}, stop: async () => {} };
});
