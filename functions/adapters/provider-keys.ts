import { createHash } from 'node:crypto';
import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { JSONWebKeySet } from 'jose';
import * as z from 'zod';
import { UnavailableError } from '../core/errors.ts';
import { isFetchable } from '../core/provider-address.ts';

/** RFC 7517, 5; what else a key has is jose's business. Members of private and of secret keys have no place here. */
const keySetSchema = z.object({
  keys: z
    .array(
      z
        .looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']) })
        .refine((key) => !('d' in key) && !('k' in key), 'is no public key'),
    )
    .max(100),
});
const objectMsMax = 2_000;
const fetchMsMax = 5_000;
/** A set of a hundred RSA keys with their certificates stays below. */
const keySetBytesMax = 512 * 1024;

/** Reads an identity provider's keys by their address. Null: nobody has put them there. Throws UnavailableError. */
export type ProviderKeys = (jwksUri: string) => Promise<JSONWebKeySet | null>;

const keyOf = (jwksUri: string): string =>
  `providers/${createHash('sha256').update(jwksUri).digest('hex').slice(0, 32)}.json`;

/**
 * Public keys of identity providers, as they lie in the bucket of definitions: the issuer stands in a network
 * without a way to the internet, where the voter roll is.
 */
export function createProviderKeys(s3: S3Client, bucket: string): ProviderKeys {
  return async (jwksUri) => {
    try {
      const command = new GetObjectCommand({ Bucket: bucket, Key: keyOf(jwksUri) });
      const { Body } = await s3.send(command, { abortSignal: AbortSignal.timeout(objectMsMax) });
      return keySetSchema.parse(JSON.parse((await Body?.transformToString('utf-8')) ?? ''));
    } catch (error) {
      if (error instanceof NoSuchKey) return null;
      throw new UnavailableError('an identity provider’s keys cannot be read', error);
    }
  };
}

/** Throws what the SDK throws. */
export async function putProviderKeys(
  s3: S3Client,
  bucket: string,
  jwksUri: string,
  keys: string,
): Promise<void> {
  const command = new PutObjectCommand({
    Bucket: bucket,
    Key: keyOf(jwksUri),
    Body: keys,
    ContentType: 'application/json',
  });
  await s3.send(command, { abortSignal: AbortSignal.timeout(objectMsMax) });
}

/**
 * Asks a provider for its keys, where that can be asked: see `isFetchable`. No redirect is followed: it could lead anywhere.
 *
 * @throws UnavailableError for whatever is no set of public keys
 */
export async function fetchKeySet(jwksUri: string): Promise<string> {
  if (!isFetchable(jwksUri)) throw new UnavailableError('keys are fetched over TLS only');
  try {
    const response = await fetch(jwksUri, {
      redirect: 'error',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(fetchMsMax),
    });
    if (!response.ok) throw new UnavailableError(`the provider answered ${response.status}`);
    const text = await readText(response);
    return JSON.stringify(keySetSchema.parse(JSON.parse(text)));
  } catch (error) {
    if (error instanceof UnavailableError) throw error;
    throw new UnavailableError('the provider’s keys cannot be used', error);
  }
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > keySetBytesMax) throw new UnavailableError('the provider answered with too much');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
