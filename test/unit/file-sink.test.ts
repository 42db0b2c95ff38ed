import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileSink, writeWhole } from '../../lib/export/file-sink.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ballotstream-sink-'));
  path = join(directory, 'file');
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Opens like a file, and has no room for a single byte. */
const fillDisk = () => symlinkSync('/dev/full', `${path}.building`);

describe('a file of an export', () => {
  it('has its name once it is whole, and not before', async () => {
    const sink = await openFileSink(path);
    await sink.write('zwölf\n');
    expect([existsSync(path), readFileSync(`${path}.building`, 'utf8')]).toEqual([false, 'zwölf\n']);
    await sink.write(new Uint8Array([49, 50]));
    expect(await sink.finish(3)).toEqual({
      name: 'file',
      bytes: 9,
      sha256: '643e5d192a1d83d88dc9b44e6747e7f3e099fca0cdda159416ca6cbc0c3e4a4d',
      rows: 3,
    });
    expect([existsSync(`${path}.building`), readFileSync(path, 'utf8')]).toEqual([false, 'zwölf\n12']);
  });

  it.skipIf(!existsSync('/dev/full'))(
    'fails at once where the disk is full, however little is written, and has no name then',
    async () => {
      fillDisk();
      const sink = await openFileSink(path);
      await expect(sink.write('a')).rejects.toMatchObject({ code: 'ENOSPC' });
      await sink.abandon();
      await expect(writeWhole(path, async (write) => write('a').then(() => 1))).rejects.toMatchObject({
        code: 'ENOSPC',
      });
      expect(existsSync(path)).toBe(false);
    },
  );

  it('settles whatever is asked of it after it was closed', async () => {
    const sink = await openFileSink(path);
    await sink.abandon();
    await expect(sink.write('a')).rejects.toThrow();
    await expect(sink.finish(0)).rejects.toThrow();
    await sink.abandon();
    expect(existsSync(path)).toBe(false);
  });
});
