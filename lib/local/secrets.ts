import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { replaceFile } from './replace-file.ts';

/** The passwords of the database roles of one data directory, in a file of mode 600. */
export type Secrets = {
  /** The role's password; made and kept when asked for the first time. */
  passwordFor(role: string): string;
};

export function openSecrets(file: string): Secrets {
  const passwords: Record<string, string> = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>)
    : {};
  return {
    passwordFor(role) {
      const known = passwords[role];
      if (known !== undefined) return known;
      const password = randomBytes(24).toString('base64url');
      passwords[role] = password;
      replaceFile(file, `${JSON.stringify(passwords, null, 2)}\n`);
      return password;
    },
  };
}
