import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import type { z } from 'zod';
import { definitionPointerSchema } from '../../schema/wire/definition.ts';
import { type ElectionId, electionIdSchema } from '../../schema/wire/ids.ts';
import { UnavailableError } from '../core/errors.ts';

/** One try at the object store. Which version and the version itself are two, and both fit before a put. */
export const fetchMsMax = 900;
/** Of connections that were kept, one may be closed after the other while Lambda holds an environment still. */
const attemptsMax = 3;

const pointerKey = (election: ElectionId): string => `elections/${election}/latest.json`;
const versionKey = (election: ElectionId, version: number): string =>
  `elections/${election}/v${version}.json`;

const revocationsKey = (election: ElectionId, version: number): string =>
  `elections/${election}/revoked-kiosks-${version}.json`;

export type DefinitionPointer = z.infer<typeof definitionPointerSchema>;

/** Definitions as they lie in the bucket: `latest.json` names the version, `v<n>.json` never changes. */
export interface DefinitionObjects {
  /** What is newest of an election. Null: no such election. Throws UnavailableError. */
  pointer(election: ElectionId): Promise<DefinitionPointer | null>;
  /** A list of revoked kiosks, parsed as JSON and no further; null if it is not there. Throws UnavailableError. */
  readRevocations(election: ElectionId, version: number): Promise<unknown>;
  /** Whatever the object holds, parsed as JSON and no further; null if it is not there. */
  read(election: ElectionId, version: number): Promise<unknown>;
  /** Every election that has been published. Throws UnavailableError. */
  list(): Promise<ElectionId[]>;
}

export function createDefinitionObjects(s3: S3Client, bucket: string): DefinitionObjects {
  /** Once more at once where the connection was closed: that is no word of the store's. */
  async function fetchText(key: string): Promise<string> {
    const abortSignal = AbortSignal.timeout(fetchMsMax);
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal });
        return (await Body?.transformToString('utf-8')) ?? '';
      } catch (error) {
        if (attempt === attemptsMax || !isConnectionClosed(error)) throw error;
      }
    }
  }

  async function fetchJson(key: string): Promise<unknown> {
    try {
      return JSON.parse(await fetchText(key));
    } catch (error) {
      if (error instanceof NoSuchKey) return null;
      throw new UnavailableError(`the object store cannot be asked for ${key}`, error);
    }
  }

  async function listPage(token: string | undefined) {
    const command = new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: 'elections/',
      Delimiter: '/',
      ContinuationToken: token,
    });
    try {
      return await s3.send(command, { abortSignal: AbortSignal.timeout(fetchMsMax) });
    } catch (error) {
      throw new UnavailableError('the object store cannot be listed', error);
    }
  }

  return {
    async pointer(election) {
      const pointer = await fetchJson(pointerKey(election));
      if (pointer === null) return null;
      const parsed = definitionPointerSchema.safeParse(pointer);
      if (!parsed.success)
        throw new UnavailableError(`${pointerKey(election)} names no version`, parsed.error);
      return parsed.data;
    },

    read: (election, version) => fetchJson(versionKey(election, version)),

    readRevocations: (election, version) => fetchJson(revocationsKey(election, version)),

    async list() {
      const ids: ElectionId[] = [];
      let token: string | undefined;
      do {
        const page = await listPage(token);
        for (const { Prefix } of page.CommonPrefixes ?? []) {
          const parsed = electionIdSchema.safeParse(Prefix?.slice('elections/'.length, -1));
          if (parsed.success) ids.push(parsed.data);
        }
        token = page.NextContinuationToken;
      } while (token !== undefined);
      return ids;
    },
  };
}

function isConnectionClosed(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return code === 'ECONNRESET' || code === 'EPIPE';
}
