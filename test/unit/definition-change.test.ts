import { describe, expect, it } from 'vitest';
import { findForbiddenChanges } from '../../functions/core/definition-change.ts';
import type { Definition } from '../../schema/wire/definition.ts';
import { closesAt, makeSigningKey, northKey, openMs, opensAt, testDefinition } from '../support/election.ts';

type Json = Record<string, never> & { [key: string]: Json };
const before = Date.parse(opensAt) - 1;
const closed = Date.parse(closesAt);

function changes(nowMs: number, change: (definition: Json) => void, withdrawn: string[] = []): string[] {
  const kiosk = makeSigningKey();
  const previous = testDefinition({
    kioskKeys: [{ keyId: kiosk.keyId, spki: kiosk.spki }],
    suppressForPrivacyBelowBallots: 10,
  });
  const next = structuredClone(previous) as unknown as Json;
  change(next);
  const rules = { nowMs, withdrawnKeys: new Set(withdrawn) };
  return findForbiddenChanges(previous, next as unknown as Definition, rules).map(
    ({ text }) => text.split(':')[0] ?? '',
  );
}

const at = (array: unknown, index: number): Json => (array as Json[])[index] as Json;
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

  it('takes away a pass key that is meant to go', () => {
    const other = makeSigningKey();
    const change = (d: Json) =>
      Object.assign(at(d['regions'], 0), { passKeys: [{ keyId: other.keyId, spki: other.spki }] });
    expect(changes(openMs, change, [northKey.keyId])).toEqual([]);
  });

  it('adds and renames whatever it likes', () => {
    const change = (d: Json) => {
      Object.assign(d, { name: 'Another name', resultsStatus: 'complete', graceSeconds: 60 });
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
