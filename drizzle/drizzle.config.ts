import { defineConfig } from 'drizzle-kit';

/** `npx drizzle-kit generate --config drizzle/drizzle.config.ts --name what_changes` */
export default defineConfig({ dialect: 'postgresql', schema: './schema/tables.ts', out: './drizzle' });
