import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What drizzle-kit said. It exits with 0 after an error too, so what it says is what counts. */
function drizzleKit(...args: string[]): string {
  const run = spawnSync(join(root, 'node_modules/.bin/drizzle-kit'), args, { cwd: root, encoding: 'utf8' });
  return run.stdout + run.stderr;
}

/** The votes' database, and the voter roll's. */
const databases = [
  { name: 'votes', folder: 'drizzle', tables: 'schema/tables.ts' },
  { name: 'voter roll', folder: 'drizzle/roll', tables: 'schema/roll-tables.ts' },
];

describe.each(databases)('the database of the $name', ({ folder, tables }) => {
  it('has a history of migrations without collisions', () => {
    expect(drizzleKit('check', '--config', `${folder}/drizzle.config.ts`)).toContain("Everything's fine");
  });

  it('has a migration for every table in schema/', () => {
    const directory = mkdtempSync(join(tmpdir(), 'ballotstream-migrations-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    cpSync(join(root, folder), directory, { recursive: true });
    const before = readdirSync(directory).toSorted();
    // It puts `./` before whatever path it is given.
    const out = relative(root, directory);
    const said = drizzleKit('generate', '--dialect', 'postgresql', '--schema', tables, '--out', out);
    expect(said).toContain('No schema changes');
    expect(readdirSync(directory).toSorted()).toEqual(before);
  });
});
