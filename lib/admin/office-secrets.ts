import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { replaceFile } from '../local/replace-file.ts';
import { AdminError } from './admin-error.ts';

/** Where private keys lie. They go in, and only those that the office signs with itself ever come out. */
export interface OfficeSecrets {
  /** Null: there is none of that name. */
  read(name: string): Promise<string | null>;
  /** `false`: there is one already; it stays as it was. */
  create(name: string, text: string): Promise<boolean>;
  /**
   * @param known what was read before; null: there was none
   * @returns `false`: it is no longer that, and stays as it is
   */
  replace(name: string, text: string, known: string | null): Promise<boolean>;
}

/** Files of mode 600 under a data directory; the names are paths in it. */
export function createFileSecrets(dataDir: string): OfficeSecrets {
  const write = (name: string, text: string) => {
    const file = join(dataDir, name);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    replaceFile(file, text);
  };
  const read = (name: string) => {
    const file = join(dataDir, name);
    return existsSync(file) ? readFileSync(file, 'utf8') : null;
  };
  return {
    async read(name) {
      return read(name);
    },
    async create(name, text) {
      if (existsSync(join(dataDir, name))) return false;
      write(name, text);
      return true;
    },
    // Offices of one machine take turns (office.ts).
    async replace(name, text, known) {
      if (read(name) !== known) return false;
      write(name, text);
      return true;
    },
  };
}

/** Secrets Manager; throws what the SDK throws. */
export function createManagedSecrets(client: SecretsManagerClient): OfficeSecrets {
  const read = (name: string) =>
    unlessNamed('ResourceNotFoundException', () =>
      client.send(new GetSecretValueCommand({ SecretId: name })),
    );
  const create = async (name: string, text: string) =>
    (await unlessNamed('ResourceExistsException', () =>
      client.send(new CreateSecretCommand({ Name: name, SecretString: text })),
    )) !== null;
  return {
    async read(name) {
      return (await read(name))?.SecretString ?? null;
    },
    create,
    async replace(name, text, known) {
      if (known === null) return create(name, text);
      const current = await read(name);
      if (current === null || current.SecretString !== known) return false;
      const ClientRequestToken = versionAfter(current.VersionId ?? '');
      const put = await unlessNamed('ResourceExistsException', () =>
        client.send(new PutSecretValueCommand({ SecretId: name, SecretString: text, ClientRequestToken })),
      );
      if (put === null && (await read(name))?.VersionId === current.VersionId)
        throw new AdminError(
          `${name}: the version after the one in effect is there already. Somebody else writes just now; or it was rolled back: then put what is in effect in once more, as a new version`,
        );
      return put !== null;
    },
  };
}

/** Null: it failed with this error. */
async function unlessNamed<Result>(name: string, work: () => Promise<Result>): Promise<Result | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && error.name === name) return null;
    throw error;
  }
}

/**
 * The id of the version that follows another: of two who read the same one, the second to write is refused, for a version's
 * content cannot be changed (Secrets Manager, PutSecretValue, ClientRequestToken).
 */
const versionAfter = (versionId: string): string =>
  createHash('sha256').update(`after ${versionId}`).digest('hex');
