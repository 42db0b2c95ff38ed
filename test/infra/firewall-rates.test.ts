import { describe, expect, it } from 'vitest';
import { fingerprintPass } from '../../functions/core/pass.ts';
import { edgeLimits } from '../../lib/edge-limits.ts';
import { awsStages } from '../../lib/stages.ts';
import { passFingerprintHeader } from '../../schema/wire/pass-fingerprint.ts';
import { playRates, type TimedRequest, type Verdict } from '../support/firewall-rates.ts';
import { synthesise } from '../support/template.ts';

const election = '/v1/elections/general-2026';
const carrier = '198.51.100.7';
const { windowSeconds } = edgeLimits;

const fingerprint = fingerprintPass('one pass');
type Sender = Pick<TimedRequest, 'atSeconds' | 'address' | 'ja4' | 'token'>;
const vote = (sender: Sender, says: string | null): TimedRequest => ({
  ...sender,
  method: 'POST',
  path: `${election}/votes`,
  headers: says === null ? {} : { [passFingerprintHeader]: says },
});
const passRequest = (sender: Sender): TimedRequest => ({
  ...sender,
  method: 'POST',
  path: `${election}/passes`,
});

/** How many of so many requests, spread over a window, are let through. */
function passing(play: (request: TimedRequest) => Verdict, count: number, make: (n: number) => TimedRequest) {
  const verdicts = Array.from({ length: count }, (_, n) => play(make(n)));
  return verdicts.filter((verdict) => verdict === null).length;
}
/** The n-th of so many in one window. */
const within = (n: number, count: number): number => (n * windowSeconds) / count;

describe.each(awsStages)('the rates at the edge of stage $name', (stage) => {
  const [acl] = synthesise(stage).ofType('AWS::WAFv2::WebACL');
  if (acl === undefined) throw new Error('no edge');

  it.each([0, edgeLimits.countedLateSeconds, 60])(
    'refuse none of 10,000 voters behind one carrier’s address who want their passes within 20 minutes (counts %i s late)',
    (lateSeconds) => {
      const play = playRates(acl, lateSeconds);
      const refused = new Map<string, number>();
      let proved = 0;
      const ask = (request: TimedRequest): Verdict => {
        const verdict = play(request);
        if (verdict?.action === 'Block') refused.set(verdict.rule, (refused.get(verdict.rule) ?? 0) + 1);
        return verdict;
      };
      const voters = 10_000;
      const visits = Array.from({ length: voters }, (_, n) =>
        visit(n, (n * 20 * 60) / voters, ask, () => {
          proved += 1;
        }),
      );
      // In the order of time, whoever's they are.
      for (const { act } of visits.flat().sort((a, b) => a.atSeconds - b.atSeconds)) act();
      expect([...refused]).toEqual([]);
      expect(proved).toBeGreaterThan(voters / 2);
      expect(Math.max(...visits.map((steps) => steps.length))).toBeLessThanOrEqual(
        // The pages are not the API's.
        edgeLimits.requestsPerVisit + 1,
      );
    },
  );

  it('give a browser that proved itself its own measure of passes, beside a script that has used up its address', () => {
    const play = playRates(acl, 0);
    const guesses = passing(play, 5_000, (n) =>
      passRequest({ atSeconds: within(n, 5_000), address: carrier }),
    );
    expect(guesses).toBe(edgeLimits.passesPerAddress);
    const neighbour = (token: string) => passRequest({ atSeconds: windowSeconds, address: carrier, token });
    expect(play(neighbour('a family’s'))).toBeNull();
    expect(passing(play, 500, () => neighbour('a script’s'))).toBe(edgeLimits.passesPerToken);
    expect(play(neighbour('a library’s'))).toBeNull();
  });

  it('let one pass through as often as an honest device repeats its vote, and no more from any number of addresses', () => {
    for (const lateSeconds of [0, edgeLimits.countedLateSeconds]) {
      const play = playRates(acl, lateSeconds);
      const patient = (n: number) => vote({ atSeconds: n, address: carrier }, fingerprint);
      expect(passing(play, 3_600, patient)).toBe(3_600);
    }
    const play = playRates(acl, 0);
    const botnet = (n: number) =>
      vote({ atSeconds: within(n, 20_000), address: `bot ${n % 4_000}`, ja4: `ja4 ${n}` }, fingerprint);
    expect(passing(play, 20_000, botnet)).toBe(edgeLimits.votesPerPass);
    const another = vote({ atSeconds: windowSeconds, address: 'bot 1' }, fingerprintPass('another'));
    expect(play(another)).toBeNull();
  });

  it.each([null, '', 'x', `${fingerprint}x`, `${fingerprint}, ${fingerprint}`])(
    'let far fewer votes through that say %j of their pass, of one client and of all together',
    (says) => {
      const play = playRates(acl, 0);
      const script = (n: number) => vote({ atSeconds: within(n, 1_000), address: carrier, ja4: 'one' }, says);
      expect(passing(play, 1_000, script)).toBe(edgeLimits.votesWithoutFingerprint);
      // Neither who has another browser behind that address, nor who says which pass it is.
      expect(play(vote({ atSeconds: windowSeconds, address: carrier, ja4: 'two' }, says))).toBeNull();
      expect(play(vote({ atSeconds: windowSeconds, address: carrier, ja4: 'one' }, fingerprint))).toBeNull();
      const botnet = (n: number) => vote({ atSeconds: windowSeconds, address: `bot ${n % 5_000}` }, says);
      expect(passing(play, 50_000, botnet)).toBeLessThanOrEqual(edgeLimits.votesWithoutFingerprintInAll);
      expect(play(vote({ atSeconds: windowSeconds, address: 'a new bot' }, says))).toMatchObject({
        rule: 'votes-without-fingerprint-in-all',
      });
      expect(play(vote({ atSeconds: windowSeconds, address: 'a voter' }, fingerprint))).toBeNull();
    },
  );

  it('count made-up fingerprints by the address they come from', () => {
    const play = playRates(acl, 0);
    const liar = (n: number) =>
      vote(
        { atSeconds: within(n, 50_000), address: carrier, ja4: 'one' },
        String(n).padStart(fingerprint.length, '0'),
      );
    expect(passing(play, 50_000, liar)).toBe(edgeLimits.requestsPerUnknownClient);
  });

  it('take neither what a browser asks before it sends nor a kiosk’s batch for a vote that says nothing', () => {
    const play = playRates(acl, 0);
    const sender = (n: number): Sender => ({ atSeconds: within(n, 1_000), address: carrier });
    const preflight = (n: number): TimedRequest => ({
      ...sender(n),
      method: 'OPTIONS',
      path: `${election}/votes`,
    });
    const batch = (n: number): TimedRequest => ({
      ...sender(n),
      method: 'POST',
      path: `${election}/votes/batch`,
    });
    expect(passing(play, 1_000, preflight)).toBe(1_000);
    expect(passing(playRates(acl, 0), 1_000, batch)).toBe(1_000);
  });
});

interface Step {
  readonly atSeconds: number;
  readonly act: () => void;
}

/** All that one voter's browser asks: page, definition, pass (every fifth mistypes the code once), vote, receipt. */
function visit(
  n: number,
  startSeconds: number,
  ask: (request: TimedRequest) => Verdict,
  onProved: () => void,
): Step[] {
  let token: string | undefined;
  const send = (afterSeconds: number, method: string, path: string, headers = {}): Step => {
    const atSeconds = startSeconds + afterSeconds;
    const request = { atSeconds, address: carrier, ja4: 'one model of phone', method, path, headers };
    return {
      atSeconds,
      act: () => {
        const verdict = ask(token === undefined ? request : { ...request, token });
        if (verdict?.action !== 'Challenge') return;
        token = `token ${n}`;
        onProved();
        ask({ ...request, token });
      },
    };
  };
  const receipt = `${election}/receipts/${'A'.repeat(43)}`;
  return [
    send(0, 'GET', '/vote/general-2026'),
    send(1, 'GET', election),
    send(30, 'POST', `${election}/passes`),
    ...(n % 5 === 0 ? [send(45, 'POST', `${election}/passes`)] : []),
    send(120, 'POST', `${election}/votes`, { [passFingerprintHeader]: fingerprintPass(`pass ${n}`) }),
    ...[121, 122, 123, 125, 127].map((at) => send(at, 'GET', receipt)),
  ];
}
