import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { passKeyName } from '../../functions/core/pass-issue.ts';
import type { IssuerKey } from './issuer.ts';
import { replaceFile } from './replace-file.ts';

/** What the issuer of one data directory reads: files of mode 600, of the form that its secrets have in production. */
export type IssuerSecrets = {
  /** Folder of the pass keys, each by its `passKeyName`; with a slash at its end. */
  readonly passKeys: string;
  /** The key that access codes are hashed with, base64. */
  readonly accessCodeKeyFile: string;
};

export const issuerSecretsOf = (dataDir: string): IssuerSecrets => ({
  passKeys: `${join(dataDir, 'pass-keys')}/`,
  accessCodeKeyFile: join(dataDir, 'access-code.key'),
});

const codeKeyBytes = 32;

/** Lays the private keys of an election where the issuer looks for them; makes the key of access codes once. */
export function layIssuerSecrets(dataDir: string, election: string, keys: readonly IssuerKey[]): void {
  const { passKeys, accessCodeKeyFile } = issuerSecretsOf(dataDir);
  for (const { region, keyId, privateKeyPem } of keys) {
    const file = join(passKeys, passKeyName(election, region, keyId));
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    if (!existsSync(file)) replaceFile(file, privateKeyPem);
  }
  if (!existsSync(accessCodeKeyFile))
    replaceFile(accessCodeKeyFile, `${randomBytes(codeKeyBytes).toString('base64')}\n`);
}
