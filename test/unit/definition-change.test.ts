import { describe, expect, it } from 'vitest';
import { type CodeKind, findForbiddenChanges } from '../../functions/core/definition-change.ts';
import type { Definition } from '../../schema/wire/definition.ts';
import { closesAt, makeSigningKey, northKey, openMs, opensAt, testDefinition } from '../support/election.ts';

type Json = Record<string, never> & { [key: string]: Json };
const before = Date.parse(opensAt) - 1;
const closed = Date.parse(closesAt);

const provider = {
  issuer: 'https://id.example.org',
  audience: 'ballotstream',
  jwksUri: 'https://id.example.org/jwks',
};

function changes(
  nowMs: number,
  change: (definition: Json) => void,
  { withdrawn = [], codeKind = null }: { withdrawn?: string[]; codeKind?: CodeKind | null } = {},
): string[] {
  const kiosk = makeSigningKey();
  const previous = testDefinition({
    kioskKeys: [{ keyId: kiosk.keyId, spki: kiosk.spki }],
    identification: { accessCodes: 'random', providers: [provider] },
    suppressForPrivacyBelowBallots: 10,
  });
  const next = structuredClone(previous) as unknown as Json;
  change(next);
  const rules = { nowMs, withdrawnKeys: new Set(withdrawn), codeKind };
  return findForbiddenChanges(previous, next as unknown as Definition, rules).map(
    ({ text }) => text.split(':')[0] ?? '',
  );
}

const at = (array: unknown, index: number | string): Json => (array as Record<string, Json>)[index] as Json;
const drop = (array: unknown, index: number) => (array as unknown[]).splice(index, 1);

describe('a new version of a definition', () => {
  it.each<[string, (d: Json) => void, string]>([
    ['a contest', (d) => drop(d['contests'], 2), 'contests'],
    ['a choice', (d) => drop(at(d['contests'], 0)['choices'], 0), 'contests.mayor.choices'],
    [
      'how many may be chosen',
      (d) => Object.assign(at(d['contests'], 1), { maxSelections: 1 }),
      'contests.council.maxSelections',
    ],
    ['a ballot style', (d) => drop(d['ballotStyles'], 1), 'ballotStyles'],
    [
      'a contest of a ballot style',
      (d) => drop(at(d['ballotStyles'], 0)['contests'], 0),
      'ballotStyles.full.contests',
    ],
    [
      'one contest of a ballot style for another',
      (d) => Object.assign(at(d['ballotStyles'], 1), { contests: ['mayor', 'council'] }),
      'ballotStyles.short.contests',
    ],
    ['a region', (d) => drop(d['regions'], 1), 'regions'],
    ['a station', (d) => drop(at(d['regions'], 0)['stations'], 1), 'regions.north.stations'],
    ['a pass key', (d) => Object.assign(at(d['regions'], 0), { passKeys: [] }), 'regions.north.passKeys'],
    ['a receipt key', (d) => Object.assign(d, { receiptKeys: [] }), 'receiptKeys'],
    ['the keys that register kiosks', (d) => Object.assign(d, { kioskKeys: [] }), 'kioskKeys'],
  ])('takes %s away neither before nor after the opening', (_, change, where) => {
    expect(changes(before, change)).toEqual([where]);
    expect(changes(openMs, change)).toEqual([where]);
  });

  it.each<[string, (d: Json) => void, string]>([
    ['when it opened', (d) => Object.assign(d, { opensAt: '2026-11-03T08:00:00Z' }), 'opensAt'],
    ['its time zone', (d) => Object.assign(d, { timeZone: 'Asia/Tokyo' }), 'timeZone'],
    [
      'who sees the count meanwhile',
      (d) => Object.assign(d, { resultsVisibility: 'after-close' }),
      'resultsVisibility',
    ],
    [
      'how few ballots are suppressed',
      (d) => Object.assign(d, { suppressForPrivacyBelowBallots: 9 }),
      'suppressForPrivacyBelowBallots',
    ],
    [
      'that few ballots are suppressed',
      (d) => Reflect.deleteProperty(d, 'suppressForPrivacyBelowBallots'),
      'suppressForPrivacyBelowBallots',
    ],
    [
      'a station’s ballots',
      (d) => Object.assign(at(at(d['regions'], 0)['stations'], 1), { ballotStyle: 'short' }),
      'regions.north.stations.n1.ballotStyle',
    ],
    ['the grace of kiosks to less', (d) => Object.assign(d, { graceSeconds: 3_599 }), 'graceSeconds'],
    ['its channels to one fewer', (d) => drop(d['channels'], 0), 'channels'],
    [
      'a kiosk’s right to a cast time',
      (d) => Object.assign(at(d['channels'], 1), { mayStateCastTime: false }),
      'channels.kiosk.mayStateCastTime',
    ],
    [
      'a kiosk’s right to name its station',
      (d) => Object.assign(at(d['channels'], 1), { mayNameStation: false }),
      'channels.kiosk.mayNameStation',
    ],
    [
      'access codes to none',
      (d) => Object.assign(d, { identification: { providers: [provider] } }),
      'identification.accessCodes',
    ],
    [
      'its providers to none',
      (d) => Object.assign(d, { identification: { accessCodes: 'random', providers: [] } }),
      'identification.providers',
    ],
    [
      'whom a provider’s tokens are for',
      (d) =>
        Object.assign(d, {
          identification: { accessCodes: 'random', providers: [{ ...provider, audience: 'others' }] },
        }),
      'identification.providers',
    ],
  ])('changes %s before the opening, and not after', (_, change, where) => {
    expect(changes(before, change)).toEqual([]);
    expect(changes(openMs, change)).toEqual([where]);
  });

  it.each<[string, number, string, boolean]>([
    ['later while it is open', openMs, '2026-11-04T04:00:00Z', true],
    ['at once', openMs, new Date(openMs + 500).toISOString(), true],
    ['earlier than now', openMs, '2026-11-03T10:00:00Z', false],
    ['later when it has closed', closed, '2026-11-04T04:00:00Z', false],
    ['earlier when it has closed', closed + 5_000, '2026-11-03T10:00:00Z', false],
    ['earlier before it opens', before, '2026-11-03T20:00:00Z', true],
  ])('closes %s: see the last column', (_, nowMs, to, isAllowed) => {
    const found = changes(nowMs, (d) => Object.assign(d, { closesAt: to }));
    expect(found).toEqual(isAllowed ? [] : ['closesAt']);
  });

  it('locks out neither who has a code nor whom a provider knows, when identification is left out as a whole', () => {
    expect(changes(openMs, (d) => delete d['identification'])).toEqual([
      'identification.accessCodes',
      'identification.providers',
    ]);
  });

  it.each([before, openMs])('keeps the kind of access codes that any version had, at %d', (nowMs) => {
    const toChosen = (d: Json) => Object.assign(at(d, 'identification'), { accessCodes: 'chosen' });
    expect(changes(nowMs, toChosen, { codeKind: 'random' })).toEqual(['identification.accessCodes']);
    expect(changes(nowMs, toChosen, { codeKind: 'chosen' })).toEqual([]);
    expect(changes(nowMs, toChosen)).toEqual([]);
  });

  it('says with every refusal what to do', () => {
    const previous = testDefinition();
    const next = testDefinition({ channels: [], graceSeconds: 0, contests: [], timeZone: 'Asia/Tokyo' });
    const rules = { nowMs: openMs, withdrawnKeys: new Set<string>(), codeKind: null };
    const said = findForbiddenChanges(previous, next, rules).map(({ text }) => text);
    expect(said.length).toBeGreaterThan(6);
    for (const text of said) expect(text).toMatch(/; (?:put it back|write that|write that, or more)$/);
  });

  it('takes away a pass key that is meant to go', () => {
    const other = makeSigningKey();
    const change = (d: Json) =>
      Object.assign(at(d['regions'], 0), { passKeys: [{ keyId: other.keyId, spki: other.spki }] });
    expect(changes(openMs, change, { withdrawn: [northKey.keyId] })).toEqual([]);
  });

  it('adds and renames whatever it likes', () => {
    const change = (d: Json) => {
      Object.assign(d, { name: 'Another name', resultsStatus: 'complete', graceSeconds: 7_200 });
      Object.assign(at(at(d['identification'], 'providers'), 0), { jwksUri: 'https://id.example.org/new' });
      (at(d['identification'], 'providers') as unknown as unknown[]).unshift({
        ...provider,
        issuer: 'https://b.example.org',
      });
      (d['channels'] as unknown as unknown[]).reverse();
      Object.assign(at(d['contests'], 0), { name: 'Mayor of the town' });
      (at(d['contests'], 0)['choices'] as unknown as unknown[]).push({ id: 'cy', name: 'Cy' });
      (at(d['regions'], 0)['stations'] as unknown as unknown[]).push({
        id: 'n9',
        name: 'N9',
        ballotStyle: 'short',
      });
      (d['ballotStyles'] as unknown as unknown[]).push({ id: 'new', contests: ['bridge'] });
    };
    expect(changes(openMs, change)).toEqual([]);
  });
});
