import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import { findForbiddenChanges } from '../../functions/core/definition-change.ts';
import { type Definition, definitionPointerSchema, definitionSchema } from '../../schema/wire/definition.ts';
import { AdminError } from './admin-error.ts';
import type { Draft } from './draft.ts';
import { ensureReceiptKeys, readPublicKeys } from './keys.ts';
import type { StoredObject } from './objects.ts';
import type { Office } from './office.ts';
import { hashOf } from './trail.ts';

export interface Published {
  readonly pointer: z.infer<typeof definitionPointerSchema>;
  readonly pointerObject: StoredObject;
  readonly definition: Definition;
}

const pointerKey = (election: string): string => `elections/${election}/latest.json`;
export const versionKey = (election: string, version: number): string =>
  `elections/${election}/v${version}.json`;

/** The newest version; null: no such election. */
export async function readPublished(office: Office, election: string): Promise<Published | null> {
  const pointerObject = await office.objects.read(pointerKey(election));
  if (pointerObject === null) return null;
  const pointer = definitionPointerSchema.parse(JSON.parse(pointerObject.text));
  const version = await office.objects.read(versionKey(election, pointer.version));
  if (version === null)
    throw new AdminError(`version ${pointer.version} of ${election} is named as the newest and is not there`);
  return { pointer, pointerObject, definition: definitionSchema.parse(JSON.parse(version.text)) };
}

export async function needPublished(office: Office, election: string): Promise<Published> {
  const published = await readPublished(office, election);
  if (published === null) throw new AdminError(`no election ${election} has been published`);
  return published;
}

export interface PublishOptions {
  readonly nowMs: number;
  readonly withdrawnKeys: ReadonlySet<string>;
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
  { nowMs, withdrawnKeys, isCheck }: PublishOptions,
): Promise<{ readonly definition: Definition; readonly isNew: boolean }> {
  const current = await readPublished(office, draft.election);
  const { keys } = await readPublicKeys(office, draft.election);
  const passKeys = Object.fromEntries(
    Object.entries(keys.passKeys).map(([region, list]) => [
      region,
      (list ?? []).filter(({ keyId }) => !withdrawnKeys.has(keyId)),
    ]),
  );
  const definition = draft.complete({
    version: await nextVersion(office, draft.election),
    // What is only looked at makes no keys.
    receiptKeys: isCheck ? (current?.definition.receiptKeys ?? []) : await ensureReceiptKeys(office),
    kioskKeys: keys.kioskKeys,
    passKeys,
  });
  if (keys.kioskKeys.length === 0 && definition.channels.some(({ channel }) => channel === 'kiosk'))
    throw new AdminError('there are kiosks and no key that signs for them: npm run election -- keys');
  if (current !== null) {
    const same = JSON.stringify({ ...definition, version: current.definition.version });
    if (same === JSON.stringify(current.definition)) return { definition: current.definition, isNew: false };
    const rules = { nowMs, withdrawnKeys };
    const forbidden = findForbiddenChanges(current.definition, definition, rules);
    if (forbidden.length > 0)
      throw new AdminError(
        `version ${current.definition.version} is published, and cannot be changed so`,
        forbidden.slice(0, 50).map(draft.describe),
      );
  }
  if (!isCheck) await publish(office, definition, current);
  return { definition, isNew: true };
}

/** A new version from what is published: closing, or what officials say of the count. */
export async function publishChange(
  office: Office,
  current: Published,
  change: Partial<Pick<Definition, 'closesAt' | 'resultsStatus'>>,
  nowMs: number,
): Promise<Definition> {
  const definition = definitionSchema.parse({
    ...current.definition,
    ...change,
    version: await nextVersion(office, current.definition.election),
  });
  const rules = { nowMs, withdrawnKeys: new Set<string>() };
  const forbidden = findForbiddenChanges(current.definition, definition, rules);
  if (forbidden.length > 0)
    throw new AdminError(
      'this cannot be changed any more',
      forbidden.map(({ text }) => text),
    );
  await publish(office, definition, current);
  return definition;
}

/** One that was written and never took effect, because somebody stopped in between, is passed over. */
async function nextVersion(office: Office, election: string): Promise<number> {
  const versions = (await office.objects.list(`elections/${election}/v`)).map((key) =>
    Number(/\/v(\d+)\.json$/.exec(key)?.[1] ?? 0),
  );
  return Math.max(0, ...versions) + 1;
}

/** The version, which never changes; then the entry in the trail; then what makes it take effect. */
async function publish(office: Office, definition: Definition, current: Published | null): Promise<void> {
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

const pollMs = 500;

/**
 * Waits until the API answers with this version.
 * @returns milliseconds that it took; null: not within `waitMs`
 */
export async function waitForVersion(
  endpoint: string,
  { election, version }: Pick<Definition, 'election' | 'version'>,
  waitMs: number,
): Promise<number | null> {
  const beganMs = performance.now();
  while (performance.now() - beganMs < waitMs) {
    const shown = await fetchVersion(`${endpoint}/v1/elections/${election}`);
    if (shown !== null && shown >= version) return performance.now() - beganMs;
    await sleep(pollMs);
  }
  return null;
}

async function fetchVersion(url: string): Promise<number | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    const body = (await response.json()) as { version?: unknown };
    return typeof body.version === 'number' ? body.version : null;
  } catch {
    return null;
  }
}
