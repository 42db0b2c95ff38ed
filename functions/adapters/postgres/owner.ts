import pg from 'pg';
import * as z from 'zod';
import { UnavailableError } from '../../core/errors.ts';

/** As RDS writes it. */
const ownerSecretSchema = z.object({ username: z.string().min(1), password: z.string().min(1) });

const connectMsMax = 10_000;

/**
 * Connects as the owner of the database. Throws UnavailableError if the secret is not one; otherwise what
 * the database throws.
 *
 * @param url without a user
 * @param secret of RDS: JSON with `username` and `password`
 */
export async function connectAsOwner(url: string, secret: string): Promise<pg.Client> {
  const { username, password } = readOwnerSecret(secret);
  const { hostname, port, pathname, searchParams } = new URL(url);
  const client = new pg.Client({
    host: hostname,
    port: Number(port || 5432),
    database: pathname.slice(1),
    user: username,
    password,
    // See `createPool`; RDS's own authority comes by NODE_EXTRA_CA_CERTS.
    ssl: searchParams.has('sslmode'),
    application_name: 'ballotstream-migrate',
    connectionTimeoutMillis: connectMsMax,
  });
  await client.connect();
  return client;
}

/** Without the parser's message, which may quote the secret. */
function readOwnerSecret(secret: string): z.infer<typeof ownerSecretSchema> {
  try {
    return ownerSecretSchema.parse(JSON.parse(secret));
  } catch {
    throw new UnavailableError('the owner’s secret is not one of RDS: { username, password }');
  }
}
