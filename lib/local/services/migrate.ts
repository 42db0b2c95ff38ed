import { runMigrations } from '../migrate.ts';
import { runService } from './run-service.ts';

export type MigrateSettings = { readonly superuserUrl: string };

// In a process of its own that ends, for the memory: see `hasPendingMigrations`.
runService(async ({ superuserUrl }: MigrateSettings) => {
  await runMigrations(superuserUrl);
  return { ready: {}, stop: async () => {} };
});
