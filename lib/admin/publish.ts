import type * as z from 'zod';
import { type CodeKind, findForbiddenChanges } from '../../functions/core/definition-change.ts';
import { type DefinitionResult, type Election, parseElection } from '../../functions/core/election.ts';
import { type Definition, definitionPointerSchema } from '../../schema/wire/definition.ts';
import { AdminError } from './admin-error.ts';
import type { Draft } from './draft.ts';
import { parseJson, type StoredObject } from './objects.ts';
import type { Office } from './office.ts';
import {
  liveOwnKeys,
  livePassKeys,
  type OwnKeys,
  ownKinds,
  type PublicKeys,
  readPublicKeys,
} from './public-keys.ts';
import { ensureReceiptKeys, layReceiptKeys, readReceiptKeys } from './receipt-keys.ts';
import { hashOf } from './trail.ts';

/** What is named as the newest of an election. */
interface Pointed {
  readonly pointer: z.infer<typeof definitionPointerSchema>;
  readonly pointerObject: StoredObject;
}

export interface InEffect extends Pointed {
  /** The version in effect, or why nothing can use it. */
  readonly result: DefinitionResult;
}

export interface Published extends Pointed {
  readonly definition: Definition;
}

const pointerKey = (election: string): string => `elections/${election}/latest.json`;
export const versionKey = (election: string, version: number): string =>
  `elections/${election}/v${version}.json`;

/** Null: no such election. @throws AdminError where nothing says which version it is */
export async function readInEffect(office: Office, election: string): Promise<InEffect | null> {
  const pointerObject = await office.objects.read(pointerKey(election));
  if (pointerObject === null) return null;
  const pointer = definitionPointerSchema.safeParse(parseJson(pointerObject.text));
  if (!pointer.success)
    throw new AdminError(
      `${pointerKey(election)} names no version: npm run audit -- verify says which it should`,
    );
  const result = await readVersion(office, election, pointer.data.version);
  return { pointer: pointer.data, pointerObject, result };
}

/** @throws AdminError where there is none, and where what is in effect cannot be used */
export async function needPublished(office: Office, election: string): Promise<Published> {
  const found = await readInEffect(office, election);
  if (found === null) throw new AdminError(`no election ${election} has been published`);
  const { pointer, pointerObject, result } = found;
  if (!result.ok)
    throw new AdminError(
      `version ${pointer.version} of ${election} is in effect and cannot be used: mend its file and publish that first`,
      result.mistakes.map(({ text }) => text),
    );
  return { pointer, pointerObject, definition: result.election.definition };
}

/** One version, as functions would parse it: what they could not use is not ok. */
export async function readVersion(
  office: Office,
  election: string,
  version: number,
): Promise<DefinitionResult> {
  const object = await office.objects.read(versionKey(election, version));
  const result = parseElection(parseJson(object?.text ?? ''));
  if (!result.ok) return result;
  const { definition } = result.election;
  if (definition.election === election && definition.version === version) return result;
  const text = `definition: is version ${definition.version} of ${definition.election}`;
  return { ok: false, mistakes: [{ path: [], text }] };
}

/** What counts stand under: where the version in effect cannot be used, the last one that could. */
async function findUsable(
  office: Office,
  election: string,
  found: InEffect | null,
): Promise<Definition | null> {
  if (found === null) return null;
  if (found.result.ok) return found.result.election.definition;
  for (let version = found.pointer.version - 1; version > 0; version -= 1) {
    const result = await readVersion(office, election, version);
    if (result.ok) return result.election.definition;
  }
  return null;
}

export interface PublishOptions {
  readonly nowMs: number;
  /** Only look: nothing is written. */
  readonly isCheck: boolean;
}

/**
 * Publishes a draft as the next version, with the public keys that were made for it.
 * @returns what would be, or is, published; `isNew: false` when it is there already, just so
 * @throws AdminError with the mistakes and their lines
 */
export async function publishDraft(
  office: Office,
  draft: Draft,
  { nowMs, isCheck }: PublishOptions,
): Promise<{ readonly election: Election; readonly isNew: boolean }> {
  const current = await readInEffect(office, draft.election);
  const previous = await findUsable(office, draft.election, current);
  const keys = await readPublicKeys(office, draft.election);
  // What is only looked at makes no keys.
  const receiptKeys = await (isCheck ? readReceiptKeys(office) : ensureReceiptKeys(office));
  const { kioskKeys, officeKeys } = liveOwnKeys(keys);
  const election = draft.complete({
    version: await nextVersion(office, draft.election),
    receiptKeys: layReceiptKeys(receiptKeys, previous),
    kioskKeys,
    // Keys that were made before there was one of these have none until they are made again.
    ...(officeKeys.length === 0 ? {} : { officeKeys }),
    passKeysOf: (region) => livePassKeys(keys, region),
  });
  if (kioskKeys.length === 0 && election.channels.has('kiosk'))
    throw new AdminError('there are kiosks and no key that signs for them: npm run election -- keys');
  if (current?.result.ok === true && isSame(election.definition, current.result.election.definition))
    return { election: current.result.election, isNew: false };
  if (previous !== null) {
    const codeKind = await findCodeKind(office, previous);
    const forbidden = findForbiddenChanges(previous, election.definition, {
      nowMs,
      withdrawnKeys: new Set(keys.withdrawn),
      codeKind,
    });
    if (forbidden.length > 0)
      throw new AdminError(
        `version ${previous.version} is published, and cannot be changed so`,
        forbidden.slice(0, 50).map(draft.describe),
      );
  }
  if (!isCheck) await publish(office, election, current);
  return { election, isNew: true };
}

/** Of the newest version that has any: taking codes away and putting others in their place is changing them. */
async function findCodeKind(office: Office, newest: Definition): Promise<CodeKind | null> {
  for (let version = newest.version; version > 0; version -= 1) {
    const result = await readVersion(office, newest.election, version);
    const kind = result.ok ? result.election.definition.identification?.accessCodes : undefined;
    if (kind !== undefined) return kind;
  }
  return null;
}

const isSame = (next: Definition, current: Definition): boolean =>
  JSON.stringify({ ...next, version: current.version }) === JSON.stringify(current);

/**
 * A new version from what is published: closing, what officials say of the count, another key for receipts. Like every version it
 * goes by all other keys as they are now, so that none brings back one that was withdrawn.
 *
 * @throws AdminError for what may not change, and for what nothing could use
 */
export async function publishChange(
  office: Office,
  current: Published,
  change: Partial<Pick<Definition, 'closesAt' | 'resultsStatus' | 'receiptKeys'>>,
  nowMs: number,
): Promise<Election> {
  const keys = await readPublicKeys(office, current.definition.election);
  const parsed = parseElection({
    ...current.definition,
    ...change,
    ...layOwnKeys(keys),
    regions: current.definition.regions.map((region) => layKeys(region, keys)),
    version: await nextVersion(office, current.definition.election),
  });
  if (!parsed.ok)
    throw new AdminError(
      'this cannot be published: change the election’s file, and publish that',
      parsed.mistakes.map(({ text }) => text),
    );
  const { election } = parsed;
  const forbidden = findForbiddenChanges(current.definition, election.definition, {
    nowMs,
    withdrawnKeys: new Set(keys.withdrawn),
    codeKind: null,
  });
  if (forbidden.length > 0)
    throw new AdminError(
      'this cannot be changed any more',
      forbidden.map(({ text }) => text),
    );
  await publish(office, election, current);
  return election;
}

type Region = Definition['regions'][number];

/** One that was published past the office has keys that the office knows nothing of. */
function layKeys(region: Region, keys: PublicKeys): Region {
  return keys.passKeys[region.id] === undefined
    ? region
    : { ...region, passKeys: livePassKeys(keys, region.id) };
}

/** Kinds that the office knows any of. */
function layOwnKeys(keys: PublicKeys): Partial<OwnKeys> {
  const live = liveOwnKeys(keys);
  return Object.fromEntries(ownKinds.filter((of) => keys[of].length > 0).map((of) => [of, live[of]]));
}

/** One that was written and never took effect, because somebody stopped in between, is passed over. */
async function nextVersion(office: Office, election: string): Promise<number> {
  const versions = (await office.objects.list(`elections/${election}/v`)).map((key) =>
    Number(/\/v(\d+)\.json$/.exec(key)?.[1] ?? 0),
  );
  return Math.max(0, ...versions) + 1;
}

/**
 * The version, which never changes; then the entry in the trail; then what makes it take effect. Takes what was parsed as functions
 * parse it: nothing else can be published.
 */
async function publish(office: Office, { definition }: Election, current: Pointed | null): Promise<void> {
  const { election, version } = definition;
  const text = JSON.stringify(definition);
  const key = versionKey(election, version);
  if (!(await office.objects.create(key, text)))
    throw new AdminError(
      `somebody else publishes ${election} just now: look at what is there, and try again`,
    );
  await office.trail.append({
    action: 'election.published',
    election,
    details: {
      version,
      sha256: hashOf(text),
      opensAt: definition.opensAt,
      closesAt: definition.closesAt,
      resultsStatus: definition.resultsStatus,
    },
  });
  const pointer = { ...current?.pointer, version };
  if (
    !(await office.objects.replace(
      pointerKey(election),
      JSON.stringify(pointer),
      current?.pointerObject ?? null,
    ))
  )
    throw new AdminError(
      `somebody else published ${election} at the same time: look at what is there, and try again`,
    );
}

/** Revoking kiosks points to a new list, at the same version. */
export async function pointToRevocations(office: Office, current: Published, list: number): Promise<boolean> {
  const pointer = { ...current.pointer, kioskRevocations: list };
  const { election } = current.definition;
  return office.objects.replace(pointerKey(election), JSON.stringify(pointer), current.pointerObject);
}
