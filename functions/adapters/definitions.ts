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
/**
 * From then on nobody is answered before the store was asked. Where requests keep coming, the look beside an answer has
 * long come back by then; Lambda holds an idle environment still, the look beside its last answer with it, for minutes.
 */
const agedMs = 2 * freshMs;
/** Elections kept in memory. Beyond it the oldest answer goes: asking for made-up ids fills nothing. */
const keptMax = 200;
/** Versions kept in memory; elections have few, and the writer needs those that votes were accepted under. */
const versionsKeptMax = 200;

interface Kept {
  readonly election: Election | null;
  readonly revoked: Revoked;
  /** When the last look at the store began that has come back, whether or not with an answer. */
  readonly askedAtMs: number;
}

/** A look at the store that has not come back. */
interface LookUp {
  readonly beganAtMs: number;
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
  const underWay = new Map<
    ElectionId,
    { readonly look: LookUp; readonly outcome: Promise<Election | null> }
  >();
  const at = createVersionCache(objects, log);

  /** A clock that was set back makes nothing younger. */
  function isWithin(sinceMs: number, spanMs: number): boolean {
    const ageMs = clock() - sinceMs;
    return ageMs >= 0 && ageMs < spanMs;
  }

  function keep(electionId: ElectionId, next: Kept): Election | null {
    kept.delete(electionId);
    dropOldest(kept, keptMax - 1);
    kept.set(electionId, next);
    return next.election;
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

  /**
   * Comes to what is known where the store cannot be asked: voting goes on by an older version rather than not at all. A
   * store that is away is asked no more often than one that answers.
   */
  async function ask(electionId: ElectionId, look: LookUp): Promise<Election | null> {
    const { beganAtMs } = look;
    const isNewest = () => underWay.get(electionId)?.look === look;
    try {
      const loaded = await loadLatest(electionId);
      // One that was held still for long says nothing any more that a later one does not.
      return isNewest() ? keep(electionId, { ...loaded, askedAtMs: beganAtMs }) : loaded.election;
    } catch (error) {
      const known = kept.get(electionId);
      if (known === undefined || known.election === null) throw error;
      log('definition.stale', { election: electionId });
      return isNewest() ? keep(electionId, { ...known, askedAtMs: beganAtMs }) : known.election;
    } finally {
      if (isNewest()) underWay.delete(electionId);
    }
  }

  /** One look at a time, shared by all who ask meanwhile. */
  function lookUp(electionId: ElectionId): Promise<Election | null> {
    const running = underWay.get(electionId);
    // What was read before an environment was held still is no news after it.
    if (running !== undefined && isWithin(running.look.beganAtMs, freshMs)) return running.outcome;
    const look = { beganAtMs: clock() };
    const outcome = ask(electionId, look);
    underWay.set(electionId, { look, outcome });
    return outcome;
  }

  return {
    async get(electionId) {
      const known = kept.get(electionId);
      if (known === undefined) return lookUp(electionId);
      if (isWithin(known.askedAtMs, freshMs)) return known.election;
      const outcome = lookUp(electionId);
      if (known.election === null || !isWithin(known.askedAtMs, agedMs)) return outcome;
      // What is in memory answers at once; nobody waits for the look beside it.
      outcome.catch(() => {});
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
