import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCheckpoints } from '../../lib/local/checkpoints.ts';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ballotstream-checkpoints-'));
  file = join(directory, 'checkpoints.json');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('the checkpoints of a mapping', () => {
  it('are there again after a restart', async () => {
    const first = openCheckpoints(file);
    await first.set('a', { sequence: '12' });
    await first.set('b', { sequence: '7', finished: true });
    const second = openCheckpoints(file);
    expect([second.get('a'), second.get('b'), second.get('c')]).toEqual([
      { sequence: '12' },
      { sequence: '7', finished: true },
      {},
    ]);
    expect(second.finished()).toEqual(new Set(['b']));
  });

  it('begin anew when the file is torn or not theirs', () => {
    for (const content of [
      '',
      '{"a":',
      '[]',
      '{"a":{"sequence":5}}',
      '{"a":{"sequence":"x"}}',
      '{"a":null}',
    ]) {
      writeFileSync(file, content);
      expect(openCheckpoints(file).get('a')).toEqual({});
    }
  });

  it('are written whole at every moment, with many calls at once', async () => {
    const checkpoints = openCheckpoints(file);
    const writes = Array.from({ length: 200 }, async (_, n) => {
      await checkpoints.set(`shard-${n % 4}`, { sequence: String(n) });
      JSON.parse(readFileSync(file, 'utf8'));
    });
    await Promise.all(writes);
    expect(openCheckpoints(file).get('shard-3')).toEqual({ sequence: '199' });
    expect(readdirSync(directory)).toEqual(['checkpoints.json']);
  });

  it('say when they cannot be written, and work again when they can', async () => {
    const checkpoints = openCheckpoints(join(directory, 'sub', 'checkpoints.json'));
    await expect(checkpoints.set('a', { sequence: '1' })).rejects.toThrow();
    const { mkdirSync } = await import('node:fs');
    mkdirSync(join(directory, 'sub'));
    await checkpoints.set('a', { sequence: '2' });
    expect(openCheckpoints(join(directory, 'sub', 'checkpoints.json')).get('a')).toEqual({ sequence: '2' });
  });
});
