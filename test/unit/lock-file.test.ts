import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';

const entrySchema = z.object({
  version: z.string().optional(),
  resolved: z.string().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
});
const lock = z
  .object({ packages: z.record(z.string(), entrySchema) })
  .parse(JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')));

/** Where a package named in `owner`'s dependencies may be, nearest first. */
function* placesFor(owner: string, name: string): Generator<string> {
  let path = owner;
  for (;;) {
    yield `${path === '' ? '' : `${path}/`}node_modules/${name}`;
    if (path === '') return;
    path = path.slice(0, Math.max(0, path.lastIndexOf('/node_modules/')));
  }
}

// A registry that lacks some platforms' packages makes `npm install` leave them out of the lock file,
// and `npm ci` then refuses to install anywhere.
it('names the packages of every platform', () => {
  const missing = Object.entries(lock.packages).flatMap(([owner, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => ![...placesFor(owner, name)].some((place) => lock.packages[place]?.version !== undefined),
    ),
  );
  expect(missing).toEqual([]);
});

it('names no registry', () => {
  const addresses = Object.values(lock.packages).flatMap(({ resolved }) => resolved ?? []);
  expect(addresses).toEqual([]);
});
