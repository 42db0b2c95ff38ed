import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));
/** What is looked at until it is so. The default, one second, is less than a busy machine takes. */
const pollMsMax = 15_000;

/**
 * One project a kind of test: each kind needs different company and patience. Where nothing outlives a file, files share a
 * process (`isolate: false`): loading the CDK for each takes as long as testing with it.
 */
const project = (
  name: string,
  settings: { testTimeout: number; globalSetup?: string[]; isolate?: false },
) => ({
  test: {
    name,
    root,
    include: [`test/${name}/**/*.test.ts`],
    hookTimeout: 60_000,
    expect: { poll: { timeout: pollMsMax } },
    ...settings,
  },
});
const databaseSetup = ['test/support/database.ts'];

export default defineConfig({
  test: {
    root,
    // Two cores: more files at once only wait for each other.
    maxWorkers: 2,
    projects: [
      project('unit', { testTimeout: 10_000, isolate: false }),
      project('property', { testTimeout: 120_000, isolate: false }),
      project('db', { testTimeout: 60_000, globalSetup: databaseSetup, isolate: false }),
      project('fault', { testTimeout: 120_000, globalSetup: databaseSetup, isolate: false }),
      project('infra', { testTimeout: 120_000, isolate: false }),
      project('e2e', { testTimeout: 180_000 }),
      project('browser', { testTimeout: 120_000 }),
      project('emulator', { testTimeout: 120_000 }),
    ],
  },
});
