import { createHash } from 'node:crypto';
import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import type { JSONWebKeySet } from 'jose';
import * as z from 'zod';
import { UnavailableError } from '../core/errors.ts';

/** RFC 7517, 5; what else a key has is jose's business. */
const keySetSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });
const objectMsMax = 2_000;

/** Reads an identity provider's keys by their address. Null: nobody has put them there. Throws UnavailableError. */
export type ProviderKeys = (jwksUri: string) => Promise<JSONWebKeySet | null>;

/**
 * Public keys of identity providers, as they lie in the bucket of definitions: the issuer stands in a network
 * without a way to the internet, where the voter roll is.
 */
export function createProviderKeys(s3: S3Client, bucket: string): ProviderKeys {
  return async (jwksUri) => {
    const name = createHash('sha256').update(jwksUri).digest('hex').slice(0, 32);
    try {
      const command = new GetObjectCommand({ Bucket: bucket, Key: `providers/${name}.json` });
      const { Body } = await s3.send(command, { abortSignal: AbortSignal.timeout(objectMsMax) });
      return keySetSchema.parse(JSON.parse((await Body?.transformToString('utf-8')) ?? ''));
    } catch (error) {
      if (error instanceof NoSuchKey) return null;
      throw new UnavailableError('an identity provider’s keys cannot be read', error);
    }
  };
}
