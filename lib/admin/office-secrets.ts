import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { replaceFile } from '../local/replace-file.ts';

/** Where private keys lie. They go in, and only those that the office signs with itself ever come out. */
export interface OfficeSecrets {
  /** Null: there is none of that name. */
  read(name: string): Promise<string | null>;
  /** `false`: there is one already; it stays as it was. */
  create(name: string, text: string): Promise<boolean>;
  replace(name: string, text: string): Promise<void>;
}

/** Files of mode 600 under a data directory; the names are paths in it. */
export function createFileSecrets(dataDir: string): OfficeSecrets {
  const write = (name: string, text: string) => {
    const file = join(dataDir, name);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    replaceFile(file, text);
  };
  return {
    async read(name) {
      const file = join(dataDir, name);
      return existsSync(file) ? readFileSync(file, 'utf8') : null;
    },
    async create(name, text) {
      if (existsSync(join(dataDir, name))) return false;
      write(name, text);
      return true;
    },
    async replace(name, text) {
      write(name, text);
    },
  };
}

/** Secrets Manager; throws what the SDK throws. */
export function createManagedSecrets(client: SecretsManagerClient): OfficeSecrets {
  return {
    async read(name) {
      try {
        return (await client.send(new GetSecretValueCommand({ SecretId: name }))).SecretString ?? null;
      } catch (error) {
        if (error instanceof Error && error.name === 'ResourceNotFoundException') return null;
        throw error;
      }
    },
    async create(name, text) {
      try {
        await client.send(new CreateSecretCommand({ Name: name, SecretString: text }));
        return true;
      } catch (error) {
        if (error instanceof Error && error.name === 'ResourceExistsException') return false;
        throw error;
      }
    },
    async replace(name, text) {
      await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: text }));
    },
  };
}
