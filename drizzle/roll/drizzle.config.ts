import { defineConfig } from 'drizzle-kit';

/** `npx drizzle-kit generate --config drizzle/roll/drizzle.config.ts --name what_changes` */
export default defineConfig({
  dialect: 'postgresql',
  schema: './schema/roll-tables.ts',
  out: './drizzle/roll',
});
