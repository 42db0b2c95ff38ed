import { renameSync, writeFileSync } from 'node:fs';

/** Writes a file whole or not at all, whenever the process is killed. Default mode 600: most hold secrets. */
export function replaceFile(file: string, content: string | Uint8Array, mode = 0o600): void {
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, content, { mode });
  renameSync(temporary, file);
}
