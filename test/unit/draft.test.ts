import { describe, expect, it } from 'vitest';
import type { AdminError } from '../../lib/admin/admin-error.ts';
import { readDraft } from '../../lib/admin/draft.ts';
import { renderTemplate } from '../../lib/admin/draft-template.ts';
import { toInstant } from '../../lib/admin/draft-times.ts';
import { northKey } from '../support/election.ts';

describe('a time in a draft', () => {
  it.each([
    ['2026-11-03T07:00', 'America/New_York', '2026-11-03T12:00:00Z'],
    ['2026-07-03T07:00', 'America/New_York', '2026-07-03T11:00:00Z'],
    ['2026-11-03T07:00:30', 'Asia/Kolkata', '2026-11-03T01:30:30Z'],
    ['2026-11-03T07:00', 'Pacific/Kiritimati', '2026-11-02T17:00:00Z'],
    ['2026-11-03T07:00', 'UTC', '2026-11-03T07:00:00Z'],
    ['2026-11-03T07:00Z', 'America/New_York', '2026-11-03T07:00:00Z'],
    ['2026-11-03T07:00-08:00', 'America/New_York', '2026-11-03T15:00:00Z'],
    // The hours on both sides of a change of the clocks.
    ['2026-03-08T01:59', 'America/New_York', '2026-03-08T06:59:00Z'],
    ['2026-03-08T03:00', 'America/New_York', '2026-03-08T07:00:00Z'],
    ['2026-11-01T00:59', 'America/New_York', '2026-11-01T04:59:00Z'],
    ['2026-11-01T02:00', 'America/New_York', '2026-11-01T07:00:00Z'],
    ['2026-11-01T01:30-04:00', 'America/New_York', '2026-11-01T05:30:00Z'],
  ])('%s in %s is %s', (text, zone, instant) => {
    expect(toInstant(text, zone)).toBe(instant);
  });

  it.each([
    ['2026-03-08T02:30', 'set forward over this time'],
    ['2026-11-01T01:30', 'twice that day: write 2026-11-01T01:30-04:00 or 2026-11-01T01:30-05:00'],
    ['2026-02-30T07:00', 'no time of any day'],
    ['2026-11-03T25:00', 'no time of any day'],
    ['2026-11-03', 'is no time'],
    ['tomorrow', 'is no time'],
    ['2026-11-03T07:00+99:99', 'no offset that there is'],
  ])('%s is refused, and why is said', (text, why) => {
    expect(() => toInstant(text, 'America/New_York')).toThrow(why);
  });

  it('that clocks show twice is what is suggested, in zones of every kind', () => {
    for (const [text, zone] of [
      ['2026-10-25T02:30', 'Europe/Berlin'],
      ['2026-04-05T01:45', 'Australia/Lord_Howe'],
      ['2026-11-01T01:30', 'America/St_Johns'],
    ] as const) {
      let said = '';
      try {
        toInstant(text, zone);
      } catch (error) {
        said = (error as Error).message;
      }
      const [, first = '', second = ''] = /write (\S+) or (\S+)$/.exec(said) ?? [];
      const format = new Intl.DateTimeFormat('sv-SE', {
        timeZone: zone,
        dateStyle: 'short',
        timeStyle: 'short',
      });
      const shown = [first, second].map((one) =>
        format.format(new Date(toInstant(one, zone))).replace(' ', 'T'),
      );
      expect([zone, shown, first < second || first > second]).toEqual([zone, [text, text], true]);
    }
  });

  it('means what Intl says, for every hour of a year in zones of every kind', () => {
    for (const zone of ['Europe/Berlin', 'Australia/Lord_Howe', 'America/St_Johns']) {
      const format = new Intl.DateTimeFormat('sv-SE', {
        timeZone: zone,
        dateStyle: 'short',
        timeStyle: 'medium',
      });
      for (let hour = 0; hour < 365 * 24; hour += 1) {
        const ms = Date.parse('2026-01-01T00:00:00Z') + hour * 3_600_000;
        const wall = format.format(ms).replace(' ', 'T');
        try {
          expect(toInstant(wall, zone)).toBe(new Date(ms).toISOString().replace('.000Z', 'Z'));
        } catch (error) {
          expect(String(error)).toContain('twice that day');
        }
      }
    }
  });
});

describe('a draft', () => {
  const text = renderTemplate('town-2026', Date.parse('2026-10-01T00:00:00Z'));
  const { keyId, spki } = northKey;

  const keys = { version: 1, receiptKeys: [], kioskKeys: [], passKeysOf: () => [{ keyId, spki }] };
  const mistakesOf = (run: () => unknown): readonly string[] => {
    try {
      run();
    } catch (error) {
      return (error as AdminError).details;
    }
    return [];
  };

  it('as it is made can be published, and needs nothing but what publishing adds', () => {
    const draft = readDraft(text, 'town.jsonc');
    expect([draft.election, draft.readRegionIds()]).toEqual(['town-2026', ['north']]);
    expect(draft.complete(keys).definition).toMatchObject({ version: 1, opensAt: '2026-10-08T11:00:00Z' });
    expect(mistakesOf(() => draft.complete({ ...keys, passKeysOf: () => [] }))).toEqual([
      expect.stringMatching(/^town\.jsonc:\d+: passKeys: this region has no key yet/),
    ]);
  });

  it.each(['../../evil', '', 'a/b', 7])(
    'makes no key for a region that is called %j, and says the line',
    (odd) => {
      const named = text.replace('"id": "north"', `"id": ${JSON.stringify(odd)}`);
      const line = named.slice(0, named.indexOf('"name": "North"')).split('\n').length - 1;
      const said = new RegExp(`^town\\.jsonc:${line}: regions\\.0\\.id: `);
      expect(mistakesOf(() => readDraft(named, 'town.jsonc').readRegionIds())).toEqual([
        expect.stringMatching(said),
      ]);
    },
  );

  it.each(['../evil', 'Town', ''])('of an election that is called %j is refused with the line', (odd) => {
    const named = text.replace('"election": "town-2026"', `"election": "${odd}"`);
    expect(mistakesOf(() => readDraft(named, 'town.jsonc'))).toEqual([
      expect.stringMatching(/^town\.jsonc:5: election: must be 1 to 64/),
    ]);
  });

  it.each<[string, string | RegExp, string, RegExp]>([
    [
      'a time zone that there is not',
      '"America/New_York"',
      '"America/New_Yorck"',
      /^town\.jsonc:8: timeZone: America\/New_Yorck is not a time zone/,
    ],
    [
      'an offset for a time zone',
      '"America/New_York"',
      '"+01:00"',
      /^town\.jsonc:8: timeZone: \+01:00 is an offset/,
    ],
    [
      'keys to be fetched without TLS',
      '"providers": []',
      `"providers": [
        { "issuer": "https://id.example.org", "audience": "a", "jwksUri": "https://id.example.org/jwks" },
        { "issuer": "https://id.example.com", "audience": "a", "jwksUri": "http://id.example.com/jwks" }]`,
      /^town\.jsonc:28: identification\.providers\.1\.jwksUri: .*https:/,
    ],
  ])('with %s is refused in one line, that of the member', (_, from, to, said) => {
    const changed = text.replace(from, to);
    expect(changed).not.toBe(text);
    expect(mistakesOf(() => readDraft(changed, 'town.jsonc').complete(keys))).toEqual([
      expect.stringMatching(said),
    ]);
  });

  it('may have a provider on this machine, to try things with', () => {
    const local =
      '"providers": [{ "issuer": "http://localhost:1", "audience": "a", "jwksUri": "http://localhost:1/j" }]';
    const draft = readDraft(text.replace('"providers": []', local), 'town.jsonc');
    expect(draft.complete(keys).definition.identification?.providers).toHaveLength(1);
  });

  it('that has a member twice is refused with the line of the second', () => {
    const twice = text.replace('"name": "Mayor"', '"name": "Mayor", "name": "Other"');
    expect(mistakesOf(() => readDraft(twice, 'town.jsonc'))).toEqual([
      expect.stringMatching(/^town\.jsonc:\d+: name: stands there twice$/),
    ]);
  });

  it('says each mistake with its line', () => {
    const broken = text
      .replace('"maxSelections": 1', '"maxSelections": 9')
      .replace('["mayor"]', '["sheriff"]');
    const lineOf = (part: string) => broken.slice(0, broken.indexOf(part)).split('\n').length;
    expect(mistakesOf(() => readDraft(broken, 'town.jsonc').complete(keys))).toEqual([
      `town.jsonc:${lineOf('"maxSelections": 9')}: contests.mayor.maxSelections: 9 of 2 choices`,
      `town.jsonc:${lineOf('["sheriff"]')}: ballotStyles.standard.contests: there is no contest sheriff`,
    ]);
  });

  it.each([
    [
      'a key',
      text.replace('"id": "north",', `"id": "north", "passKeys": [${JSON.stringify({ keyId, spki })}],`),
      'passKeys',
    ],
    ['a version', text.replace('{', '{ "version": 3,'), 'version'],
    ['receipt keys', text.replace('{', '{ "receiptKeys": [],'), 'receiptKeys'],
  ])('that brings %s of its own is refused', (_, changed, member) => {
    expect(mistakesOf(() => readDraft(changed, 'town.jsonc'))[0]).toContain(
      `${member}: is added when it is published`,
    );
  });

  it.each(['', '[]', '42', '{', '{"a" 1}', 'null', '\u0000'])(
    'that is %j is refused and nothing is thrown but that',
    (odd) => {
      expect(() => readDraft(odd, 'x')).toThrow(/^x is no/);
    },
  );
});
