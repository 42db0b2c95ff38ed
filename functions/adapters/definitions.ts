import type { S3Client } from '@aws-sdk/client-s3';
import type { ElectionId } from '../../schema/wire/ids.ts';
import { type Election, parseElection } from '../core/election.ts';
import { UnavailableError } from '../core/errors.ts';
import type { Clock, DefinitionSource, Log } from '../core/ports.ts';
import { createDefinitionObjects, type DefinitionObjects } from './definition-objects.ts';

/** How long an answer from the object store is good: a new version takes effect within seconds. */
const freshMs = 3_000;
/** Elections kept in memory. Beyond it the oldest answer goes: asking for made-up ids fills nothing. */
const keptMax = 200;

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

  function keep(electionId: ElectionId, election: Election | null): Election | null {
    kept.delete(electionId);
    for (const oldest of kept.keys()) {
      if (kept.size < keptMax) break;
      kept.delete(oldest);
    }
    kept.set(electionId, { election, askedAtMs: clock() });
    return election;
  }

  /** Asks the object store; those who ask meanwhile get the same answer. */
  function refresh(electionId: ElectionId): Promise<Election | null> {
    const running = underWay.get(electionId);
    if (running !== undefined) return running;
    const promise = loadElection(objects, electionId, kept.get(electionId)?.election ?? null, log)
      .then((election) => keep(electionId, election))
      .finally(() => underWay.delete(electionId));
    underWay.set(electionId, promise);
    return promise;
  }

  /** A fetch under way may have begun before that version was published: only one begun by now can deny it. */
  async function refreshTo(electionId: ElectionId, versionMin: number): Promise<Election | null> {
    const running = underWay.get(electionId);
    if (running !== undefined && versionOf(await running) >= versionMin) return running;
    return refresh(electionId);
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
    async get(electionId, versionMin = 0) {
      const known = kept.get(electionId);
      if (known === undefined || versionOf(known.election) < versionMin)
        return refreshTo(electionId, versionMin);
      const isFresh = clock() - known.askedAtMs < freshMs;
      if (known.election === null) return isFresh ? null : refresh(electionId);
      // What is in memory answers at once; the store is asked beside it.
      if (!isFresh) refreshBeside(electionId, known);
      return known.election;
    },

    loaded() {
      const elections = [...kept.values()].flatMap(({ election }) =>
        election === null ? [] : [election.definition],
      );
      return elections.map(({ election, version }) => ({ election, version }));
    },

    list: objects.list,
  };
}

const versionOf = (election: Election | null): number => election?.definition.version ?? 0;

/** The latest version; `known` itself if it is that. What cannot be used is said and never served. */
async function loadElection(
  objects: DefinitionObjects,
  electionId: ElectionId,
  known: Election | null,
  log: Log,
): Promise<Election | null> {
  const version = await objects.latestVersion(electionId);
  if (version === null) return null;
  if (known?.definition.version === version) return known;
  const result = parseElection(await objects.read(electionId, version));
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
