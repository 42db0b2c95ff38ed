import { GetObjectCommand, ListObjectsV2Command, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import { definitionPointerSchema } from '../../schema/wire/definition.ts';
import { type ElectionId, electionIdSchema } from '../../schema/wire/ids.ts';
import { type Election, parseElection } from '../core/election.ts';
import { UnavailableError } from '../core/errors.ts';
import type { Clock, DefinitionSource, Log } from '../core/ports.ts';

/** How long an answer from the object store is good: a new version takes effect within seconds. */
const freshMs = 3_000;
/** One try at the object store. */
const fetchMsMax = 2_000;
/** Elections kept in memory. Beyond it the oldest answer goes: asking for made-up ids fills nothing. */
const keptMax = 200;

const pointerKey = (election: ElectionId): string => `elections/${election}/latest.json`;
const versionKey = (election: ElectionId, version: number): string => `elections/${election}/v${version}.json`;

interface Kept {
  readonly election: Election | null;
  readonly fetchedAtMs: number;
}

export interface DefinitionSourceOptions {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly clock: Clock;
  readonly log: Log;
}

export type PublishedDefinitions = DefinitionSource & {
  /** Every election that has been published. Throws UnavailableError. */
  list(): Promise<ElectionId[]>;
};

/** Definitions from the object store: `latest.json` names the version, `v<n>.json` never changes. */
export function createDefinitionSource({ s3, bucket, clock, log }: DefinitionSourceOptions): PublishedDefinitions {
  const kept = new Map<ElectionId, Kept>();
  const underWay = new Map<ElectionId, Promise<Election | null>>();

  async function fetchJson(key: string): Promise<unknown> {
    try {
      const command = new GetObjectCommand({ Bucket: bucket, Key: key });
      const { Body } = await s3.send(command, { abortSignal: AbortSignal.timeout(fetchMsMax) });
      return JSON.parse((await Body?.transformToString('utf-8')) ?? '');
    } catch (error) {
      if (error instanceof NoSuchKey) return null;
      throw new UnavailableError(`the object store cannot be asked for ${key}`, error);
    }
  }

  async function load(electionId: ElectionId): Promise<Election | null> {
    const pointer = await fetchJson(pointerKey(electionId));
    if (pointer === null) return null;
    const { version } = definitionPointerSchema.parse(pointer);
    const known = kept.get(electionId)?.election;
    if (known?.definition.version === version) return known;
    const result = parseElection(await fetchJson(versionKey(electionId, version)));
    if (!result.ok || result.election.definition.election !== electionId) {
      log('definition.invalid', { election: electionId, version, mistake: result.ok ? 'election' : (result.mistakes[0] ?? '') });
      throw new UnavailableError(`version ${version} of ${electionId} cannot be used`);
    }
    log('definition.loaded', { election: electionId, version });
    return result.election;
  }

  function refresh(electionId: ElectionId): Promise<Election | null> {
    const running = underWay.get(electionId);
    if (running !== undefined) return running;
    const promise = load(electionId)
      .then((election) => {
        kept.delete(electionId);
        if (kept.size >= keptMax) kept.delete(kept.keys().next().value as ElectionId);
        kept.set(electionId, { election, fetchedAtMs: clock() });
        return election;
      })
      .finally(() => underWay.delete(electionId));
    underWay.set(electionId, promise);
    return promise;
  }

  return {
    async get(electionId, versionMin = 1) {
      const known = kept.get(electionId);
      const isNewEnough = known?.election != null && known.election.definition.version >= versionMin;
      const isFresh = known !== undefined && clock() - known.fetchedAtMs < freshMs;
      if (known !== undefined && (isNewEnough || known.election === null) && isFresh) return known.election;
      if (isNewEnough) {
        // What is in memory answers at once; the store is asked beside it, and nobody waits.
        refresh(electionId).catch(() => log('definition.stale', { election: electionId }));
        return known.election;
      }
      return refresh(electionId);
    },

    loaded() {
      const elections = [...kept.values()].flatMap(({ election }) => (election === null ? [] : [election.definition]));
      return elections.map(({ election, version }) => ({ election, version }));
    },

    async list() {
      const ids: ElectionId[] = [];
      let token: string | undefined;
      do {
        const page = await s3
          .send(new ListObjectsV2Command({ Bucket: bucket, Prefix: 'elections/', Delimiter: '/', ContinuationToken: token }))
          .catch((error: unknown) => {
            throw new UnavailableError('the object store cannot be listed', error);
          });
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
