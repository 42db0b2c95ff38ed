import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What drizzle-kit said. It exits with 0 after an error too, so what it says is what counts. */
function drizzleKit(...args: string[]): string {
  const run = spawnSync(join(root, 'node_modules/.bin/drizzle-kit'), args, { cwd: root, encoding: 'utf8' });
  return run.stdout + run.stderr;
}

it('has a history of migrations without collisions', () => {
  expect(drizzleKit('check', '--config', 'drizzle/drizzle.config.ts')).toContain("Everything's fine");
});

it('has a migration for every table in schema/', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ballotstream-migrations-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  cpSync(join(root, 'drizzle'), directory, { recursive: true });
  const before = readdirSync(directory).toSorted();
  // It puts `./` before whatever path it is given.
  const out = relative(root, directory);
  const said = drizzleKit('generate', '--dialect', 'postgresql', '--schema', 'schema/*.ts', '--out', out);
  expect(said).toContain('No schema changes');
  expect(readdirSync(directory).toSorted()).toEqual(before);
});
