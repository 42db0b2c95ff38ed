import { readFileSync, statSync } from 'node:fs';
import { AdminError } from './admin-error.ts';

/** A file's text, UTF-8. @throws AdminError where there is none, and for one that is larger */
export function readFileOfAtMost(file: string, bytesMax: number): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat?.isFile() !== true) throw new AdminError(`there is no file ${file}`);
  if (stat.size > bytesMax)
    throw new AdminError(`${file} is larger than ${Math.floor(bytesMax / 1024 / 1024)} MB`);
  return readFileSync(file, 'utf8');
}
