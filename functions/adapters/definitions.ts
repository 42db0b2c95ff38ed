import type { S3Client } from '@aws-sdk/client-s3';
import { kioskRevocationsSchema } from '../../schema/wire/definition.ts';
import type { ElectionId } from '../../schema/wire/ids.ts';
import { type Election, parseElection } from '../core/election.ts';
import { UnavailableError } from '../core/errors.ts';
import type { Clock, DefinitionSource, KioskRevocationSource, Log } from '../core/ports.ts';
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
  readonly revoked: Revoked;
  /** When the store was last asked, whether or not it answered. */
  readonly askedAtMs: number;
}

/** The kiosks taken out of service, as of a numbered list; 0: none ever was. */
interface Revoked {
  readonly version: number;
  readonly kiosks: ReadonlySet<string>;
}
const noneRevoked: Revoked = { version: 0, kiosks: new Set() };

export interface DefinitionSourceOptions {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly clock: Clock;
  readonly log: Log;
}

export type PublishedDefinitions = DefinitionSource & KioskRevocationSource & Pick<DefinitionObjects, 'list'>;

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
  const at = createVersionCache(objects, log);

  function keep(electionId: ElectionId, loaded: Pick<Kept, 'election' | 'revoked'>): Election | null {
    kept.delete(electionId);
    dropOldest(kept, keptMax - 1);
    kept.set(electionId, { ...loaded, askedAtMs: clock() });
    return loaded.election;
  }

  async function loadLatest(electionId: ElectionId): Promise<Pick<Kept, 'election' | 'revoked'>> {
    const pointer = await objects.pointer(electionId);
    if (pointer === null) return { election: null, revoked: noneRevoked };
    const { version, kioskRevocations = 0 } = pointer;
    const known = kept.get(electionId)?.revoked ?? noneRevoked;
    const [election, revoked] = await Promise.all([
      at(electionId, version),
      known.version === kioskRevocations ? known : loadRevocations(objects, electionId, kioskRevocations),
    ]);
    if (election === null) throw new UnavailableError(`version ${version} of ${electionId} is not there`);
    return { election, revoked };
  }

  /** Asks the object store; those who ask meanwhile get the same answer. */
  function refresh(electionId: ElectionId): Promise<Election | null> {
    const running = underWay.get(electionId);
    if (running !== undefined) return running;
    const promise = loadLatest(electionId)
      .then((loaded) => keep(electionId, loaded))
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

    isRevoked: (electionId, kiosk) => kept.get(electionId)?.revoked.kiosks.has(kiosk) === true,

    loaded() {
      const elections = [...kept.values()].flatMap(({ election }) =>
        election === null ? [] : [election.definition],
      );
      return elections.map(({ election, version }) => ({ election, version }));
    },

    list: objects.list,
  };
}

/** What is there once is there for ever; what is not may come, and what failed may succeed. */
function createVersionCache(objects: DefinitionObjects, log: Log): DefinitionSource['at'] {
  const versions = new Map<string, Promise<Election | null>>();
  return (electionId, version) => {
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
  };
}

function dropOldest<K>(kept: Map<K, unknown>, sizeMax: number): void {
  for (const oldest of kept.keys()) {
    if (kept.size <= sizeMax) return;
    kept.delete(oldest);
  }
}

async function loadRevocations(
  objects: DefinitionObjects,
  electionId: ElectionId,
  version: number,
): Promise<Revoked> {
  if (version === 0) return noneRevoked;
  const parsed = kioskRevocationsSchema.safeParse(await objects.readRevocations(electionId, version));
  if (!parsed.success || parsed.data.election !== electionId || parsed.data.version !== version) {
    throw new UnavailableError(`list ${version} of revoked kiosks of ${electionId} cannot be used`);
  }
  return { version, kiosks: new Set(parsed.data.kiosks) };
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
