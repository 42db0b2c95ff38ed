import { expect, it } from 'vitest';
import { runSeed } from '../../load/simulate/run-seed.ts';
import { simulateSources } from '../support/mutant.ts';

it('finds nothing wrong in 1,000 runs, in which everything went wrong that can', async () => {
  const { code, output } = await simulateSources(['--seeds', '1000', '--json']);
  const report = JSON.parse(output);
  expect(report).toMatchObject({ ok: true, seeds: 1000, failingSeed: null, violations: [], missing: [] });
  expect(report.counts.accepted).toBe(
    report.counts.recorded + report.counts.duplicates + report.counts.quarantined,
  );
  expect(report.counts.acknowledged).toBeGreaterThan(5_000);
  expect(code).toBe(0);
});

it('plays the same run from the same seed, whatever was played before it', async () => {
  const play = async (seed: number): Promise<string[]> => {
    const lines: string[] = [];
    const report = await runSeed(seed, (line) => lines.push(line));
    return [...lines, JSON.stringify(report)];
  };
  for (const seed of [11, 12, 13]) {
    const first = await play(seed);
    await play(seed + 1_000);
    expect(await play(seed)).toEqual(first);
    // Nor does looking on change anything.
    expect(JSON.stringify(await runSeed(seed))).toBe(first.at(-1));
  }
});

it('replays one seed step by step', async () => {
  let seed = 1;
  while ((await runSeed(seed)).counts.acknowledged < 3) seed++;
  const { code, output } = await simulateSources(['--seed', String(seed)]);
  expect(code).toBe(0);
  expect(output).toMatch(/^ +0\.000 s {2}plan: /);
  expect(output).toMatch(/casts [0-9a-f]{8}, attempt 1/);
  expect(output).toMatch(/ingest \d+: 202 after \d+ ms/);
  expect(output).toMatch(/writer \d+: writer\.batch-recorded/);
  expect(output).toContain(`\nseed ${seed}: `);
  expect(output).toMatch(/accepted \d+ = \d+ recorded \+ \d+ duplicate \+ \d+ quarantined\n/);
  expect(output).toMatch(/ok {6}everything held\n$/);
});
