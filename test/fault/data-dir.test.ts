import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataDir } from '../../lib/local/data-dir.ts';
import { makeDirectory, until } from '../support/local-services.ts';

const moduleUrl = new URL('../../lib/local/data-dir.ts', import.meta.url).href;
let directory: ReturnType<typeof makeDirectory>;
let dataDir: string;
beforeEach(() => {
  directory = makeDirectory();
  dataDir = join(directory.path, 'data');
});
afterEach(() => directory.remove());

/** Opens the directory in a process of its own, says so or why not, and stays until it is killed. */
function openElsewhere() {
  const script = `
    const { openDataDir } = await import(${JSON.stringify(moduleUrl)});
    const opened = await openDataDir(${JSON.stringify(dataDir)}, false).then(() => 'open', (error) => error.code);
    console.log(opened);
    if (opened === 'open') setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = new Promise<string>((resolve) =>
    child.stdout.once('data', (data) => resolve(String(data).trim())),
  );
  const kill = async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null)
      await new Promise((resolve) => child.once('exit', resolve));
  };
  return { said, kill };
}

describe('the data directory', () => {
  it('belongs to one run at a time', async () => {
    const first = await openDataDir(dataDir, false);
    await expect(openDataDir(dataDir, false)).rejects.toMatchObject({ code: 'data-dir-in-use' });
    first.release();
    (await openDataDir(dataDir, false)).release();
  });

  it('is taken over from a run that was killed, by exactly one of those who try', async () => {
    const dead = openElsewhere();
    expect(await dead.said).toBe('open');
    await dead.kill();
    const rivals = Array.from({ length: 6 }, openElsewhere);
    const said = await Promise.all(rivals.map((rival) => rival.said));
    await Promise.all(rivals.map((rival) => rival.kill()));
    expect(said.filter((outcome) => outcome === 'open')).toHaveLength(1);
    expect(said.filter((outcome) => outcome === 'data-dir-in-use')).toHaveLength(5);
  }, 30_000);

  it('waits for the children of a killed run, and ends those that hang', async () => {
    const child = spawn(
      process.execPath,
      ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"],
      { stdio: 'ignore' },
    );
    const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    const first = await openDataDir(dataDir, false);
    first.noteChild('edge', child.pid ?? 0);
    const lock = JSON.parse(readFileSync(join(dataDir, 'running.json'), 'utf8')) as {
      owner: { birth: string };
    };
    writeFileSync(
      join(dataDir, 'running.json'),
      JSON.stringify({ ...lock, owner: { pid: 999_999_999, birth: 'long ago' } }),
    );
    (await openDataDir(dataDir, false)).release();
    expect(await ended).toBe('SIGKILL');
  }, 30_000);

  it('closes what an earlier run left open to others', async () => {
    (await openDataDir(dataDir, false)).release();
    for (const name of ['stream', 'store']) {
      mkdirSync(join(dataDir, name));
      chmodSync(join(dataDir, name), 0o755);
    }
    (await openDataDir(dataDir, false)).release();
    const modes = ['stream', 'store'].map((name) => statSync(join(dataDir, name)).mode & 0o777);
    expect(modes).toEqual([0o700, 0o700]);
  });

  it('is emptied only when asked and only when it is ours', async () => {
    (await openDataDir(dataDir, false)).release();
    mkdirSync(join(dataDir, 'stream'));
    writeFileSync(join(dataDir, 'stream', 'records'), '');
    (await openDataDir(dataDir, false)).release();
    expect(existsSync(join(dataDir, 'stream', 'records'))).toBe(true);
    (await openDataDir(dataDir, true)).release();
    expect(readdirSync(dataDir)).toEqual(['.ballotstream-data']);

    const foreign = join(directory.path, 'foreign');
    mkdirSync(foreign);
    writeFileSync(join(foreign, 'file'), 'x');
    await expect(openDataDir(foreign, true)).rejects.toMatchObject({ code: 'data-dir-foreign' });
    expect(readdirSync(foreign)).toEqual(['file']);
  });

  it('takes a torn lock for that of a dead run', async () => {
    (await openDataDir(dataDir, false)).release();
    writeFileSync(join(dataDir, 'running.json'), '{"owner":');
    (await openDataDir(dataDir, false)).release();
    await until(() => !existsSync(join(dataDir, 'running.json')));
  });
});
