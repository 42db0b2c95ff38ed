import { describe, expect, it } from 'vitest';
import type { DeviceStore } from '../../../functions/web/store/device-store.ts';
import {
  type OpenDraw,
  openOpenDraws,
  whoAsks,
  whoSignsInAt,
} from '../../../functions/web/vote/open-draws.ts';
import type { PassRequest } from '../../../schema/wire/passes.ts';
import { testDefinition } from '../../support/election.ts';

const definition = testDefinition();
const [north, south] = definition.regions;
if (north === undefined || south === undefined) throw new Error('the test election has two regions');
const closesAtMs = Date.parse(definition.closesAt);
const dayMs = 24 * 3_600_000;

function memoryStore(): DeviceStore & { readonly kept: Map<string, unknown> } {
  const kept = new Map<string, unknown>();
  return {
    kept,
    get: async <Value>(key: string) => kept.get(key) as Value | undefined,
    async update<Value>(key: string, change: (value: Value | undefined) => Value | undefined) {
      const next = change(kept.get(key) as Value | undefined);
      if (next === undefined) kept.delete(key);
      else kept.set(key, next);
      return next;
    },
  };
}

const drawOf = (name: string, region: typeof north, who: string): OpenDraw => ({
  keyId: region.passKeys[0]?.keyId ?? '',
  draw: { message: name, inverse: name, blinded: name },
  who,
});
const codeOf = (rollNumber: string) =>
  ({ type: 'access-code', rollNumber, accessCode: 'x' }) as PassRequest['proof'];
const tokenOf = (claims: object): PassRequest['proof'] => ({
  type: 'oidc',
  idToken: `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`,
});

describe('a draw that may have become a pass', () => {
  it('is found again by who it is for, where a key of their region signs it, and by nobody else', async () => {
    const draws = await openOpenDraws(memoryStore(), definition, closesAtMs);
    const [ada, ben] = [whoAsks(codeOf('N-1')), whoAsks(codeOf('N-2'))];
    await draws.keep(drawOf('first', north, ada));
    await draws.keep(drawOf('second', north, ben));
    await draws.keep(drawOf('first', north, ada));
    expect((await draws.find(north, (who) => who === ben))?.draw.blinded).toBe('second');
    expect(await draws.find(south, (who) => who === ada)).toBeUndefined();
    await draws.drop(drawOf('first', north, ada));
    expect(await draws.find(north, (who) => who === ada)).toBeUndefined();
    expect(await draws.find(north, (who) => who === ben)).toBeDefined();
  });

  it('leaves nothing behind: not once it is dropped, and not a day after the close', async () => {
    const store = memoryStore();
    const draws = await openOpenDraws(store, definition, closesAtMs);
    await draws.keep(drawOf('first', north, 'roll N-1'));
    await openOpenDraws(store, definition, closesAtMs + dayMs);
    expect(store.kept.size).toBe(1);
    await openOpenDraws(store, definition, closesAtMs + dayMs + 1);
    expect(store.kept.size).toBe(0);
    await draws.keep(drawOf('first', north, 'roll N-1'));
    await draws.drop(drawOf('first', north, 'roll N-1'));
    expect(store.kept.size).toBe(0);
  });

  it('tells people apart by roll number, and by subject at each provider', () => {
    const issuer = 'https://id.example.org';
    const ada = whoAsks(tokenOf({ iss: issuer, sub: 'ädä' }));
    expect(ada).toBe(`${whoSignsInAt(issuer)}ädä`);
    const others = [
      whoAsks(tokenOf({ iss: issuer, sub: 'ben' })),
      whoAsks(tokenOf({ iss: `${issuer}/2`, sub: 'ädä' })),
      whoAsks(codeOf('ädä')),
    ];
    expect(new Set([ada, ...others]).size).toBe(4);
    expect(others[1]?.startsWith(whoSignsInAt(issuer))).toBe(false);
  });
});
