import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { makeDirectory } from '../support/local-services.ts';

const command = fileURLToPath(new URL('../../load/drill.ts', import.meta.url));

/** Short, and as far apart as drills can be; `npm run drill -- all` runs them all. */
const short = ['--json', '--seconds', '3', '--rate', '150', '--seed', '11'];

/** Where the drills put everything. */
const place = makeDirectory();
afterAll(() => place.remove());

interface Outcome {
  readonly code: number | null;
  readonly result: Record<string, unknown>;
  readonly timeline: string;
}

async function drill(name: string): Promise<Outcome> {
  const child = spawn(process.execPath, [command, name, ...short], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: place.path },
  });
  let stdout = '';
  let timeline = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (timeline += chunk));
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  const [line = '{}'] = stdout.trim().split('\n');
  return { code, result: JSON.parse(line === '' ? '{}' : line) as Outcome['result'], timeline };
}

describe('npm run drill, in short', () => {
  it.each(['failover', 'throttled-stream', 'nothing-durable', 'poison', 'everything-at-once'])(
    '%s: bites, and no accepted vote is lost, doubled or unexplained',
    async (name) => {
      const { code, result, timeline } = await drill(name);
      expect(result, timeline).toMatchObject({
        drill: name,
        seed: 11,
        lost: 0,
        doubleCounted: 0,
        unexplained: 0,
        faultObserved: true,
      });
      expect(result['acked']).toBe(450);
      // Beyond that a drill has goals in seconds, which say nothing on a machine that does other things too.
      expect(code).toBe(result['ok'] === true ? 0 : 1);
    },
  );

  it('failover without waiting for the standby: the audit reports the votes that are lost', async () => {
    const { code, result, timeline } = await drill('failover-asynchronous');
    expect(result, timeline).toMatchObject({ faultObserved: true, ok: false });
    expect(result['lost']).toBeGreaterThan(0);
    expect(code).toBe(1);
  });

  it('leaves nothing behind', () => {
    expect(readdirSync(place.path)).toEqual([]);
  });
});
