import {
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';

/** An object as it was read, and what says that it has not changed since. */
export interface StoredObject {
  readonly text: string;
  readonly etag: string;
}

/** The bucket of definitions, as the election office writes it. Everything throws what the SDK throws. */
export interface OfficeObjects {
  read(key: string): Promise<StoredObject | null>;
  /** `false`: there is an object of that name already; it stays as it was. */
  create(key: string, text: string): Promise<boolean>;
  /** `false`: it is no longer what was read (`null`: it was not there). */
  replace(key: string, text: string, read: StoredObject | null): Promise<boolean>;
  /**
   * Names in their order.
   * @param after only those behind this one
   */
  list(prefix: string, after?: string): Promise<string[]>;
}

/**
 * Conditional writes (S3 User Guide, "How to prevent object overwrites with conditional writes"): two offices at work at once cannot
 * overwrite each other. The stand-in on one machine ignores the conditions, so there a lock on the data
 * directory and a look before each write take their place.
 */
export function createOfficeObjects(s3: S3Client, bucket: string): OfficeObjects {
  async function read(key: string): Promise<StoredObject | null> {
    try {
      const { Body, ETag } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return { text: (await Body?.transformToString('utf-8')) ?? '', etag: ETag ?? '' };
    } catch (error) {
      if (error instanceof NoSuchKey) return null;
      throw error;
    }
  }

  async function put(
    key: string,
    text: string,
    condition: { readonly IfNoneMatch: '*' } | { readonly IfMatch: string },
  ): Promise<boolean> {
    try {
      await s3.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: text,
          ContentType: 'application/json',
          ...condition,
        }),
      );
      return true;
    } catch (error) {
      if (isConditionFailed(error)) return false;
      throw error;
    }
  }

  return {
    read,
    async create(key, text) {
      return (await read(key)) === null && put(key, text, { IfNoneMatch: '*' });
    },
    async replace(key, text, known) {
      const now = await read(key);
      if (now?.etag !== known?.etag) return false;
      return put(key, text, known === null ? { IfNoneMatch: '*' } : { IfMatch: known.etag });
    },
    async list(prefix, after) {
      const keys: string[] = [];
      const place = { Bucket: bucket, Prefix: prefix, StartAfter: after };
      for await (const page of paginateListObjectsV2({ client: s3 }, place))
        keys.push(...(page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key])));
      return keys.sort();
    },
  };
}

/** An object's text, for a schema to judge; null: it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** 412, and 409 where another write of the same name was under way. */
function isConditionFailed(error: unknown): boolean {
  const name = error instanceof Error ? error.name : '';
  return name === 'PreconditionFailed' || name === 'ConditionalRequestConflict';
}
