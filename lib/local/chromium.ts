import { spawnSync } from 'node:child_process';

/** Where Debian and Ubuntu put it, and Google's by its name. */
const candidates = ['/usr/bin/chromium', '/usr/bin/chromium-browser', 'google-chrome'];

/** As root there is no sandbox; nothing is asked of the network but what is opened. */
export const chromiumArgs = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
] as const;

export const howToGetChromium = 'no Chromium: apt-get install chromium, or set CHROMIUM to its path';

/** The first that runs: what CHROMIUM names, or one of the usual places. Undefined: none does. */
export function findChromium(): string | undefined {
  const given = process.env['CHROMIUM'];
  const runs = (path: string) => spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0;
  return (given === undefined || given === '' ? candidates : [given]).find(runs);
}
