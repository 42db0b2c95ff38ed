import { describe, expect, it } from 'vitest';
import { createPassVerifier } from '../../functions/adapters/pass-verifier.ts';
import { parseElection } from '../../functions/core/election.ts';
import { fingerprintPass, parsePass } from '../../functions/core/pass.ts';
import { buildDemoDefinition, buildDemoVote } from '../../lib/local/demo.ts';
import { createIssuerKeys } from '../../lib/local/issuer.ts';
import { parseStartOptions } from '../../lib/local/start-options.ts';
import { renderScreen } from '../../lib/local/start-screen.ts';

describe('the command line of npm start', () => {
  it('has a default for everything', () => {
    expect(parseStartOptions([], '/default')).toEqual({
      kind: 'start',
      options: { port: 8787, dataDir: '/default', fresh: false, standby: false, limits: true, json: false },
    });
  });

  it('takes every option', () => {
    expect(
      parseStartOptions(
        ['--port', '0', '--data-dir', 'x', '--fresh', '--standby', '--no-limits', '--json'],
        '/default',
      ),
    ).toEqual({
      kind: 'start',
      options: { port: 0, dataDir: 'x', fresh: true, standby: true, limits: false, json: true },
    });
    expect(parseStartOptions(['--help'], '')).toEqual({ kind: 'help' });
  });

  it.each([
    ['--prot', '1'],
    ['extra'],
    ['--port'],
    ['--port', 'x'],
    ['--port', '65536'],
    ['--port', '-1'],
    ['--port', '1.5'],
    ['--port', ''],
    ['--fresh=1'],
    ['--data-dir', ''],
  ])('says in one line what is wrong with %s %s', (...args) => {
    const parsed = parseStartOptions(args, '/default');
    expect(parsed).toMatchObject({ kind: 'mistake', message: expect.not.stringContaining('\n') });
  });
});

describe('the demo election', () => {
  const now = Date.UTC(2026, 10, 23, 10, 30);

  it('is a valid definition, open now and for a year, in which every region has its key', async () => {
    const keys = await createIssuerKeys(['alder', 'birch', 'cedar']);
    const parsed = parseElection(buildDemoDefinition(now, keys, []));
    if (!parsed.ok) throw new Error(parsed.mistakes.map(({ text }) => text).join('\n'));
    const { election } = parsed;
    expect(election.opensAtMs).toBeLessThan(now - 12 * 3_600_000);
    expect(election.closesAtMs).toBeGreaterThan(now + 360 * 24 * 3_600_000);
    expect(election.passKeys.size).toBe(3);
    expect([...election.contests.values()].some(({ contest }) => contest.maxSelections > 1)).toBe(true);
    const verifier = createPassVerifier();
    for (const [index, key] of keys.entries()) {
      const vote = buildDemoVote({ definition: election.definition, keys }, index);
      const pass = parsePass(vote.pass);
      expect(vote.region).toBe(key.region);
      expect(pass !== null && verifier.verify(election, pass)).toBe(true);
    }
  });

  it('is shown with a command that can be pasted', async () => {
    const keys = await createIssuerKeys(['alder']);
    const vote = buildDemoVote({
      definition: buildDemoDefinition(now, await createIssuerKeys(['alder', 'birch', 'cedar']), []),
      keys,
    });
    const text = renderScreen({
      endpoint: 'http://127.0.0.1:8787',
      dataDir: '.data',
      election: { id: 'demo', name: 'Demo' },
      parts: [{ name: 'edge', standsInFor: 'CloudFront', address: 'http://127.0.0.1:8787', pid: 1 }],
      vote,
      passesFile: '.data/demo-passes.txt',
      voter: { region: 'Alder County', rollNumber: 'A-1001', accessCode: 'ABCD-EFGH' },
      votersFile: '.data/demo-voters.json',
      startedMs: 1_234,
    });
    const command = /curl.*?'(\{.*\})'/s.exec(text)?.[1] ?? '';
    expect(command).not.toContain("'");
    expect(JSON.parse(command)).toEqual(vote);
    expect(text).toContain(`-H 'pass-fingerprint: ${fingerprintPass(vote.pass)}' \\\n`);
    expect(text).toContain(
      'http://127.0.0.1:8787/vote/demo\n  Alder County, roll number A-1001, access code ABCD-EFGH',
    );
    expect(text).toMatch(/receipts\/[A-Za-z0-9_-]{43}\n/);
  });
});
