import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import type { Definition } from '../../schema/wire/definition.ts';

/** An object store in memory, behind the one method that the adapter calls. */
export interface FakeS3 {
  readonly client: S3Client;
  /** Keys asked for, in order; a listing stands there as `list`, with its token. */
  readonly asked: string[];
  /** While set, every request fails with it. */
  failure: Error | null;
  /** So many requests fail with it, and the ones after them do not. */
  failNext(count: number, failure: Error): void;
  /** Common prefixes in one page of a listing. */
  pageSize: number;
  put(key: string, text: string): void;
  /** Puts a definition in place as publishing does: the version first, then the pointer to it. */
  publish(definition: Definition): void;
  /** Requests wait from now on until `release` is called. What they read is what is there now. */
  hold(): { release(): void };
}

export function createFakeS3(bucket: string): FakeS3 {
  const objects = new Map<string, string>();
  const asked: string[] = [];
  let gate: Promise<void> | null = null;
  const failing: Error[] = [];

  function read(key: string) {
    const text = objects.get(key);
    if (text === undefined) throw new NoSuchKey({ message: key, $metadata: {} });
    return { Body: { transformToString: async () => text } };
  }

  function list(prefix: string, token: string | undefined) {
    const ids = new Set(
      [...objects.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.split('/')[1]),
    );
    const sorted = [...ids].sort();
    const start = Number(token ?? 0);
    const page = sorted.slice(start, start + fake.pageSize).map((id) => ({ Prefix: `${prefix}${id}/` }));
    const next = start + fake.pageSize;
    return { CommonPrefixes: page, ...(next < sorted.length ? { NextContinuationToken: String(next) } : {}) };
  }

  function answer(command: unknown): unknown {
    const failure = failing.shift() ?? fake.failure;
    if (failure !== null) throw failure;
    if (command instanceof GetObjectCommand && command.input.Bucket === bucket)
      return read(command.input.Key ?? '');
    if (command instanceof ListObjectsV2Command && command.input.Bucket === bucket)
      return list(command.input.Prefix ?? '', command.input.ContinuationToken);
    throw new Error('not a request that the fake store knows');
  }

  async function send(command: unknown): Promise<unknown> {
    if (command instanceof GetObjectCommand) asked.push(command.input.Key ?? '');
    else if (command instanceof ListObjectsV2Command)
      asked.push(`list ${command.input.ContinuationToken ?? ''}`.trim());
    const held = gate;
    // Read before waiting: a slow request says what was there when it came.
    const outcome = await Promise.resolve(command)
      .then(answer)
      .then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      );
    await held;
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  const fake: FakeS3 = {
    client: { send } as unknown as S3Client,
    asked,
    failure: null,
    failNext: (count, failure) => failing.push(...Array.from({ length: count }, () => failure)),
    pageSize: 1000,
    put: (key, text) => objects.set(key, text),
    publish(definition) {
      const { election, version } = definition;
      objects.set(`elections/${election}/v${version}.json`, JSON.stringify(definition));
      objects.set(`elections/${election}/latest.json`, JSON.stringify({ version }));
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return {
        release() {
          gate = null;
          resolve();
        },
      };
    },
  };
  return fake;
}
