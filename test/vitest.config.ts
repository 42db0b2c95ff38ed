import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));

/** One project a kind of test: each kind needs different company and patience. */
const project = (name: string, settings: { testTimeout: number; globalSetup?: string[] }) => ({
  test: { name, root, include: [`test/${name}/**/*.test.ts`], hookTimeout: 60_000, ...settings },
});
const databaseSetup = ['test/support/database.ts'];

export default defineConfig({
  test: {
    root,
    // On two cores: a third of the time a file that starts a pipeline waits for something other than a core.
    maxWorkers: 3,
    projects: [
      project('unit', { testTimeout: 10_000 }),
      project('property', { testTimeout: 120_000 }),
      project('db', { testTimeout: 60_000, globalSetup: databaseSetup }),
      project('fault', { testTimeout: 120_000, globalSetup: databaseSetup }),
      project('infra', { testTimeout: 120_000 }),
      project('e2e', { testTimeout: 180_000 }),
      project('browser', { testTimeout: 120_000 }),
      project('emulator', { testTimeout: 120_000 }),
    ],
  },
});
