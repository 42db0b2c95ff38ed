import { describe, expect, it } from 'vitest';
import { parseElection } from '../../functions/core/election.ts';
import { southKey, testDefinition } from '../support/election.ts';

/** Any JSON, which is what a definition is before it is parsed. */
type Json = Record<string, unknown> & { [key: string]: Json };

function mistakesIn(change: (definition: Json) => void): readonly string[] {
  const definition = structuredClone(testDefinition()) as unknown as Json;
  change(definition);
  const result = parseElection(definition);
  return result.ok ? [] : result.mistakes.map(({ text }) => text);
}

/** The element of an array in a definition. */
const at = (array: unknown, index: number): Json => (array as Json[])[index] as Json;

describe('a definition', () => {
  it('without mistakes is an election', () => {
    expect(mistakesIn(() => {})).toEqual([]);
  });

  it.each<[string, (definition: Json) => void, string]>([
    [
      'closes before it opens',
      (d) => Object.assign(d, { closesAt: '2026-11-03T06:59:59Z' }),
      'closesAt: must be later than opensAt',
    ],
    [
      'closes when it opens',
      (d) => Object.assign(d, { closesAt: d['opensAt'] }),
      'closesAt: must be later than opensAt',
    ],
    [
      'has no real time zone',
      (d) => Object.assign(d, { timeZone: 'Mars/Olympus' }),
      'timeZone: Mars/Olympus is not a time zone; one is Europe/Berlin',
    ],
    [
      'lists a channel twice',
      (d) => Object.assign(at(d['channels'], 1), { channel: 'browser' }),
      'channels: browser stands there twice',
    ],
    [
      'lists a contest twice',
      (d) => (d['contests'] as unknown as Json[]).push(at(d['contests'], 0)),
      'contests: mayor stands there twice',
    ],
    [
      'lists a choice twice',
      (d) => Object.assign(at(at(d['contests'], 0)['choices'], 1), { id: 'ada' }),
      'contests.mayor.choices: ada stands there twice',
    ],
    [
      'allows more selections than a contest has choices',
      (d) => Object.assign(at(d['contests'], 1), { maxSelections: 4 }),
      'contests.council.maxSelections: 4 of 3 choices',
    ],
    [
      'lists a ballot style twice',
      (d) => (d['ballotStyles'] as unknown as Json[]).push(at(d['ballotStyles'], 0)),
      'ballotStyles: full stands there twice',
    ],
    [
      'puts a contest on a ballot twice',
      (d) => Object.assign(at(d['ballotStyles'], 1), { contests: ['mayor', 'mayor'] }),
      'ballotStyles.short.contests: mayor stands there twice',
    ],
    [
      'puts an unknown contest on a ballot',
      (d) => Object.assign(at(d['ballotStyles'], 1), { contests: ['sheriff'] }),
      'ballotStyles.short.contests: there is no contest sheriff',
    ],
    [
      'lists a region twice',
      (d) => Object.assign(at(d['regions'], 1), { id: 'north' }),
      'regions: north stands there twice',
    ],
    [
      'gives two regions the same key',
      (d) => Object.assign(at(d['regions'], 0), { passKeys: at(d['regions'], 1)['passKeys'] }),
      `passKeys: ${southKey.keyId} stands there twice`,
    ],
    [
      'lists a station twice',
      (d) => Object.assign(at(at(d['regions'], 0)['stations'], 2), { id: 'n1' }),
      'regions.north.stations: n1 stands there twice',
    ],
    [
      'has a region without an online station',
      (d) => Object.assign(at(at(d['regions'], 1)['stations'], 0), { id: 'offline' }),
      'regions.south.stations: the station online is missing',
    ],
    [
      'gives a station an unknown ballot style',
      (d) => Object.assign(at(at(d['regions'], 1)['stations'], 1), { ballotStyle: 'long' }),
      'regions.south.stations.s1: there is no ballot style long',
    ],
  ])('that %s is refused, and where is said', (_, change, mistake) => {
    expect(mistakesIn(change)).toEqual([mistake]);
  });

  it.each<[string, (definition: Json) => void, string]>([
    ['of another schema', (d) => Object.assign(d, { schema: 'ballotstream/definition/2' }), 'schema'],
    ['without a version', (d) => delete d['version'], 'version'],
    ['with an unknown member', (d) => Object.assign(d, { remarks: '' }), 'definition'],
    ['with an id that no URL would like', (d) => Object.assign(d, { election: 'Vote 2026' }), 'election'],
    [
      'with a time that has an offset',
      (d) => Object.assign(d, { opensAt: '2026-11-03T07:00:00+01:00' }),
      'opensAt',
    ],
    [
      'with a contest without choices',
      (d) => Object.assign(at(d['contests'], 1), { choices: [] }),
      'contests.1.choices',
    ],
    [
      'with a misspelt member deep inside',
      (d) => Object.assign(at(at(d['regions'], 0)['stations'], 1), { ballotstyle: 'full' }),
      'regions.0.stations.1',
    ],
    [
      'with a name that no database takes',
      (d) => Object.assign(at(d['contests'], 0), { name: 'May\u0000or' }),
      'contests.0.name',
    ],
    [
      'with half a character in a name',
      (d) => Object.assign(at(d['regions'], 1), { name: 'South \ud83d' }),
      'regions.1.name',
    ],
    [
      'that opens before years were counted',
      (d) => Object.assign(d, { opensAt: '0000-01-01T00:00:00Z' }),
      'opensAt',
    ],
  ])('%s is refused, and where is said', (_, change, where) => {
    const mistakes = mistakesIn(change);
    expect(mistakes.map((mistake) => mistake.split(':')[0])).toEqual([where]);
  });

  it('has every one of its mistakes said', () => {
    const mistakes = mistakesIn((d) => {
      Object.assign(d, { timeZone: 'nowhere' });
      Object.assign(at(d['contests'], 0), { maxSelections: 9 });
      Object.assign(at(d['ballotStyles'], 0), { contests: ['mayor', 'nothing'] });
    });
    expect(mistakes.length).toBe(3);
  });

  it('with a million mistakes has fifty said', () => {
    const mistakes = mistakesIn((d) => {
      Object.assign(at(d['contests'], 0), { choices: Array(500).fill({ id: 'ada', name: 'Ada' }) });
    });
    expect(mistakes.length).toBe(50);
  });

  it('with more lines than the tally can number is refused', () => {
    const choices = Array.from({ length: 500 }, (_, index) => ({ id: `c${index}`, name: 'C' }));
    const mistakes = mistakesIn((d) => {
      const contests = Array.from({ length: 4_200 }, (_, index) => ({
        id: `contest-${index}`,
        name: 'Contest',
        maxSelections: 1,
        choices,
      }));
      Object.assign(d, {
        contests: contests as unknown as Json,
        ballotStyles: [
          { id: 'full', contests: ['contest-0'] },
          { id: 'short', contests: ['contest-1'] },
        ] as unknown as Json,
      });
    });
    expect(mistakes).toEqual([
      'contests: 2100004 choices and ballot lines, of which a tally has at most 2097151',
    ]);
  });

  it.each([null, 42, 'x', [], {}, [[]], { schema: null }])(
    'that is %j is refused without throwing',
    (input) => {
      expect(parseElection(input).ok).toBe(false);
    },
  );
});

describe('an election compiled from its definition', () => {
  const result = parseElection(testDefinition());
  if (!result.ok) throw new Error(JSON.stringify(result.mistakes));
  const { election } = result;

  it('knows the contests of each station and of each region', () => {
    const north = election.regions.get('north' as never);
    const south = election.regions.get('south' as never);
    expect([...(south?.stations.get('s1' as never)?.contests ?? [])]).toEqual(['mayor', 'bridge']);
    expect([...(north?.contests ?? [])]).toEqual(['mayor', 'council', 'bridge']);
  });

  it('finds the region of a pass key', () => {
    expect(election.passKeys.get(southKey.keyId)?.region).toBe('south');
    expect(election.passKeys.get('x')).toBeUndefined();
  });

  it('has its times in milliseconds', () => {
    expect([election.closesAtMs - election.opensAtMs, election.graceMs]).toEqual([19 * 3600_000, 3600_000]);
  });
});
