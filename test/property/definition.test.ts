import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseElection } from '../../functions/core/election.ts';
import { definitions } from '../support/arbitrary-definition.ts';

describe('any definition without mistakes', () => {
  it('is an election that says the same, also after it has been written and read again', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        const result = parseElection(JSON.parse(JSON.stringify(definition)));
        if (!result.ok) throw new Error(JSON.stringify(result.mistakes));
        expect(result.election.definition).toEqual(definition);
      }),
      { numRuns: 300 },
    );
  });

  it('finds every contest, choice, region, station and key that it names, and nothing else', () => {
    fc.assert(
      fc.property(definitions, fc.string(), (definition, name) => {
        const result = parseElection(definition);
        if (!result.ok) throw new Error(JSON.stringify(result.mistakes));
        const { contests, regions, passKeys } = result.election;
        for (const { id, choices } of definition.contests)
          expect([...(contests.get(id)?.choices ?? [])]).toEqual(choices.map((choice) => choice.id));
        for (const { id, stations, passKeys: keys } of definition.regions) {
          expect([...(regions.get(id)?.stations.keys() ?? [])]).toEqual(
            stations.map((station) => station.id),
          );
          for (const { keyId } of keys) expect(passKeys.get(keyId)?.region).toBe(id);
        }
        if (!definition.regions.some((region) => region.id === name))
          expect(regions.get(name as never)).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });
});

describe('anything at all, as a definition', () => {
  it('is parsed or refused with its mistakes, and never throws', () => {
    const broken = fc.tuple(definitions, fc.nat(), fc.jsonValue()).map(([definition, where, value]) => {
      const copy = JSON.parse(JSON.stringify(definition)) as unknown;
      const places: (() => void)[] = [];
      const walk = (node: unknown) => {
        if (typeof node !== 'object' || node === null) return;
        for (const key of Object.keys(node)) {
          places.push(() => Object.assign(node, { [key]: value }));
          walk((node as Record<string, unknown>)[key]);
        }
      };
      walk(copy);
      places[where % places.length]?.();
      return copy;
    });
    let refused = 0;
    fc.assert(
      fc.property(fc.oneof(broken, fc.anything()), (input) => {
        const result = parseElection(input);
        if (result.ok) return;
        refused++;
        expect(result.mistakes.length).toBeGreaterThan(0);
        expect(result.mistakes.length).toBeLessThanOrEqual(50);
      }),
      { numRuns: 1000 },
    );
    expect(refused).toBeGreaterThan(300);
  });
});
