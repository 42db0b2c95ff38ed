import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { AdminError } from '../../../lib/admin/admin-error.ts';
import { runCommand } from '../../../lib/admin/command-line.ts';

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

async function sayWhy(error: Error) {
  const said: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  await runCommand('election', false, () => Promise.reject(error));
  return { said: said.join(''), code: process.exitCode };
}

describe('a command that fails', () => {
  it('says what is wrong with what it was given in words, and nothing of the schema’s own code', async () => {
    const schema = z.strictObject({ id: z.string().regex(/^a+$/, 'must be of a') });
    const { said, code } = await sayWhy(schema.safeParse({ id: 'b' }).error ?? new Error('valid'));
    expect([said, code]).toEqual([
      'election: what was given or read has not the form that it should\n  id: must be of a\n',
      1,
    ]);
  });

  it('says an operator’s mistake with every line of it, and of anything else the first line', async () => {
    expect((await sayWhy(new AdminError('so', ['a', 'b']))).said).toBe('election: so\n  a\n  b\n');
    expect((await sayWhy(new Error('first\nsecond'))).said).toBe('election: first\n');
  });
});
