import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { Loose } from './exported-election.ts';

export type NistFormat = 'cast-vote-records' | 'election-results-reporting';

/** test/support/nist says where from. They are of draft 4, which ajv reads without its name. */
function readSchema(name: NistFormat): Loose {
  const path = new URL(`./nist/${name}.json`, import.meta.url);
  const { $schema: _draft, ...schema } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  return schema;
}

export function validatorOf(name: NistFormat): ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  return ajv.compile(readSchema(name));
}

/**
 * What the schemas say of references and do not check: each leads to one thing in the file, of a kind that it may lead to.
 * @returns a line for each that does not
 */
export function findBrokenReferences(name: NistFormat, report: Loose): string[] {
  const { definitions } = readSchema(name);
  const kinds = new Map<string, string[]>();
  const objects = [...objectsIn(report)];
  for (const object of objects)
    if (object['@id'] !== undefined)
      kinds.set(object['@id'], [...(kinds.get(object['@id']) ?? []), object['@type']]);
  const twice = [...kinds].filter(([, types]) => types.length > 1).map(([id]) => `${id} is there twice`);
  const broken = objects.flatMap((object) =>
    Object.entries<Loose>(definitions[object['@type']].properties).flatMap(([property, rule]) => {
      const allowed: string[] | undefined = rule.refTypes ?? rule.items?.refTypes;
      if (allowed === undefined || object[property] === undefined) return [];
      return [object[property]]
        .flat()
        .filter((id: string) => !allowed.includes(kinds.get(id)?.[0] ?? ''))
        .map((id: string) => `${object['@type']}.${property} leads to ${id}`);
    }),
  );
  return [...twice, ...broken];
}

function* objectsIn(value: Loose): Generator<Loose> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value;
  for (const inner of Object.values(value)) yield* objectsIn(inner);
}
