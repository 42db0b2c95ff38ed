import type { S3Client } from '@aws-sdk/client-s3';
import type { ElectionId } from '../../schema/wire/ids.ts';
import { type Election, parseElection } from '../core/election.ts';
import { UnavailableError } from '../core/errors.ts';
import type { Clock, DefinitionSource, Log } from '../core/ports.ts';
import { createDefinitionObjects, type DefinitionObjects } from './definition-objects.ts';

/**
 * How long an answer from the object store is good: a new version takes effect within seconds. Not shorter:
 * 27,500 environments ask 4,600 times a second then, of the 5,500 that one prefix takes (AWS, "S3 performance").
 */
const freshMs = 6_000;
/** Elections kept in memory. Beyond it the oldest answer goes: asking for made-up ids fills nothing. */
const keptMax = 200;
/** Versions kept in memory; elections have few, and the writer needs those that votes were accepted under. */
const versionsKeptMax = 200;

interface Kept {
  readonly election: Election | null;
  /** When the store was last asked, whether or not it answered. */
  readonly askedAtMs: number;
}

export interface DefinitionSourceOptions {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly clock: Clock;
  readonly log: Log;
}

export type PublishedDefinitions = DefinitionSource & Pick<DefinitionObjects, 'list'>;

/** Published definitions, kept in memory and looked after every few seconds. */
export function createDefinitionSource({
  s3,
  bucket,
  clock,
  log,
}: DefinitionSourceOptions): PublishedDefinitions {
  const objects = createDefinitionObjects(s3, bucket);
  const kept = new Map<ElectionId, Kept>();
  const underWay = new Map<ElectionId, Promise<Election | null>>();
  const versions = new Map<string, Promise<Election | null>>();

  function keep(electionId: ElectionId, election: Election | null): Election | null {
    kept.delete(electionId);
    dropOldest(kept, keptMax - 1);
    kept.set(electionId, { election, askedAtMs: clock() });
    return election;
  }

  /** What is there once is there for ever; what is not may come, and what failed may succeed. */
  function at(electionId: ElectionId, version: number): Promise<Election | null> {
    const key = `${electionId} ${version}`;
    const known = versions.get(key);
    if (known !== undefined) return known;
    const loading = loadVersion(objects, electionId, version, log);
    dropOldest(versions, versionsKeptMax - 1);
    versions.set(key, loading);
    loading.then(
      (election) => election === null && versions.delete(key),
      () => versions.delete(key),
    );
    return loading;
  }

  async function loadLatest(electionId: ElectionId): Promise<Election | null> {
    const version = await objects.latestVersion(electionId);
    if (version === null) return null;
    const election = await at(electionId, version);
    if (election === null) throw new UnavailableError(`version ${version} of ${electionId} is not there`);
    return election;
  }

  /** Asks the object store; those who ask meanwhile get the same answer. */
  function refresh(electionId: ElectionId): Promise<Election | null> {
    const running = underWay.get(electionId);
    if (running !== undefined) return running;
    const promise = loadLatest(electionId)
      .then((election) => keep(electionId, election))
      .finally(() => underWay.delete(electionId));
    underWay.set(electionId, promise);
    return promise;
  }

  /** Nobody waits for it. A store that is away is asked no more often than one that answers. */
  function refreshBeside(electionId: ElectionId, known: Kept): void {
    if (underWay.has(electionId)) return;
    refresh(electionId).catch(() => {
      log('definition.stale', { election: electionId });
      kept.set(electionId, { ...known, askedAtMs: clock() });
    });
  }

  return {
    async get(electionId) {
      const known = kept.get(electionId);
      if (known === undefined) return refresh(electionId);
      const isFresh = clock() - known.askedAtMs < freshMs;
      if (known.election === null) return isFresh ? null : refresh(electionId);
      // What is in memory answers at once; the store is asked beside it.
      if (!isFresh) refreshBeside(electionId, known);
      return known.election;
    },

    at,

    loaded() {
      const elections = [...kept.values()].flatMap(({ election }) =>
        election === null ? [] : [election.definition],
      );
      return elections.map(({ election, version }) => ({ election, version }));
    },

    list: objects.list,
  };
}

function dropOldest<K>(kept: Map<K, unknown>, sizeMax: number): void {
  for (const oldest of kept.keys()) {
    if (kept.size <= sizeMax) return;
    kept.delete(oldest);
  }
}

/** What cannot be used is said and never served. */
async function loadVersion(
  objects: DefinitionObjects,
  electionId: ElectionId,
  version: number,
  log: Log,
): Promise<Election | null> {
  const object = await objects.read(electionId, version);
  if (object === null) return null;
  const result = parseElection(object);
  if (
    !result.ok ||
    result.election.definition.election !== electionId ||
    result.election.definition.version !== version
  ) {
    log('definition.invalid', { election: electionId, version });
    throw new UnavailableError(`version ${version} of ${electionId} cannot be used`);
  }
  log('definition.loaded', { election: electionId, version });
  return result.election;
}
