import { describe, expect, it } from 'vitest';
import { findTimeFault, placeVote } from '../../functions/core/admission.ts';
import type { VoteRequest } from '../../schema/wire/vote.ts';
import { closesAt, openMs, opensAt, testElection } from '../support/election.ts';

const election = testElection();
const opensMs = Date.parse(opensAt);
const closesMs = Date.parse(closesAt);
const graceMs = 3_600_000;
const skewMs = 5 * 60_000;

type Placed = Pick<VoteRequest, 'region' | 'channel' | 'station' | 'castAt'>;
const placed = (fields: Record<string, string>) => fields as unknown as Placed;
const browser = placed({ region: 'north', channel: 'browser' });
const kiosk = (castAt?: string) =>
  placed({ region: 'north', channel: 'kiosk', station: 'n1', ...(castAt === undefined ? {} : { castAt }) });

/** `ok` and where it counts, or why not. */
function admit(vote: Placed, nowMs: number, rules = election): string {
  const fault = findTimeFault(rules, vote, nowMs);
  if (fault !== null) return fault;
  const place = placeVote(rules, vote, null, () => '');
  return place.ok ? `ok ${place.stationId}` : place.fault;
}
const iso = (ms: number) => new Date(ms).toISOString();

describe('the voting time', () => {
  it.each([
    ['a millisecond before it begins', opensMs - 1, 'not-yet-open'],
    ['when it begins', opensMs, 'ok online'],
    ['a millisecond before it ends', closesMs - 1, 'ok online'],
    ['when it ends', closesMs, 'closed'],
    ['within the grace period, which is not for browsers', closesMs + 1, 'closed'],
  ])('for a vote cast now, %s', (_, nowMs, answer) => {
    expect(admit(browser, nowMs)).toBe(answer);
  });

  it.each([
    ['cast when it begins', iso(opensMs), opensMs, 'ok n1'],
    ['cast before it begins', iso(opensMs - 1), openMs, 'cast-time-out-of-window'],
    ['cast in its last millisecond', iso(closesMs - 1), closesMs, 'ok n1'],
    ['cast when it ends', iso(closesMs), closesMs, 'cast-time-out-of-window'],
    ['delivered in the last millisecond of grace', iso(openMs), closesMs + graceMs - 1, 'ok n1'],
    ['delivered when grace ends', iso(openMs), closesMs + graceMs, 'closed'],
    ['delivered before it begins', iso(opensMs), opensMs - 1, 'not-yet-open'],
    ['cast by a clock that runs ahead as far as allowed', iso(openMs + skewMs), openMs, 'ok n1'],
    ['cast by a clock that runs further ahead', iso(openMs + skewMs + 1), openMs, 'cast-time-out-of-window'],
  ])('for a vote %s', (_, castAt, nowMs, answer) => {
    expect(admit(kiosk(castAt), nowMs)).toBe(answer);
  });

  it('ends for a kiosk that states no cast time when it ends for everybody', () => {
    expect([admit(kiosk(), closesMs - 1), admit(kiosk(), closesMs)]).toEqual(['ok n1', 'closed']);
  });

  it('has no grace where the definition gives none', () => {
    const strict = testElection({ graceSeconds: 0 });
    expect(admit(kiosk(iso(closesMs - 1)), closesMs - 1, strict)).toBe('ok n1');
    expect(admit(kiosk(iso(closesMs - 1)), closesMs, strict)).toBe('closed');
  });
});

describe('the place of a vote', () => {
  it.each([
    ['from home', { region: 'north', channel: 'browser' }, 'ok online'],
    [
      'from home that names a station',
      { region: 'north', channel: 'browser', station: 'n1' },
      'station-not-allowed',
    ],
    [
      'from home that names the online station',
      { region: 'north', channel: 'browser', station: 'online' },
      'station-not-allowed',
    ],
    ['from a kiosk', { region: 'south', channel: 'kiosk', station: 's1' }, 'ok s1'],
    ['from a kiosk without a station', { region: 'south', channel: 'kiosk' }, 'station-required'],
    [
      "from a kiosk of another region's station",
      { region: 'south', channel: 'kiosk', station: 'n1' },
      'unknown-station',
    ],
    ['in a region that is not there', { region: 'west', channel: 'kiosk', station: 'n1' }, 'wrong-region'],
    [
      'in a region named like a member of every object',
      { region: 'constructor', channel: 'browser' },
      'wrong-region',
    ],
    [
      'from home with a cast time',
      { region: 'north', channel: 'browser', castAt: iso(openMs) },
      'cast-time-not-allowed',
    ],
  ])('%s', (_, vote, answer) => {
    expect(admit(placed(vote), openMs)).toBe(answer);
  });

  it('is not even looked at through a channel that the definition does not list', () => {
    const kiosksOnly = testElection({
      channels: [{ channel: 'kiosk', mayNameStation: true, mayStateCastTime: false }],
    });
    expect(admit(browser, openMs, kiosksOnly)).toBe('channel-not-allowed');
    expect(admit(kiosk(iso(openMs)), openMs, kiosksOnly)).toBe('cast-time-not-allowed');
    expect(admit(kiosk(), openMs, kiosksOnly)).toBe('ok n1');
  });
});
