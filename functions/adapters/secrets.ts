import { readFile, stat } from 'node:fs/promises';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { UnavailableError } from '../core/errors.ts';

/** Asked once at a start, when everything else starts too. */
const fetchMsMax = 4_000;

/**
 * Reads a secret: `arn:…` from Secrets Manager, `file:/path` from a file that nobody but its owner may read.
 * Throws UnavailableError when it cannot be had, whatever the reason; never quotes what it read.
 */
export async function readSecret(reference: string): Promise<string> {
  try {
    return reference.startsWith('file:')
      ? await readFromFile(reference.slice(5))
      : await fetchSecret(reference);
  } catch (error) {
    if (error instanceof UnavailableError) throw error;
    const name = error instanceof Error ? error.name : 'failed';
    throw new UnavailableError(`the secret ${reference} cannot be read (${name})`, error);
  }
}

async function readFromFile(path: string): Promise<string> {
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) {
    throw new UnavailableError(`${path} may be read by others than its owner: chmod 600 it`);
  }
  return readFile(path, 'utf8');
}

async function fetchSecret(arn: string): Promise<string> {
  const client = new SecretsManagerClient({ maxAttempts: 3 });
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }), {
      abortSignal: AbortSignal.timeout(fetchMsMax),
    });
    return SecretString ?? '';
  } finally {
    client.destroy();
  }
}
