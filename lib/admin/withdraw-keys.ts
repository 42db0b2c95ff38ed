import type { Election } from '../../functions/core/election.ts';
import { type ElectionId, electionIdSchema, type RegionId, regionIdSchema } from '../../schema/wire/ids.ts';
import { AdminError } from './admin-error.ts';
import { makeOwnKeys, makePassKeys } from './keys.ts';
import type { Office } from './office.ts';
import {
  type KeyOf,
  livePassKeys,
  noteKeys,
  ownKinds,
  publishedKeyIds,
  readPublicKeys,
} from './public-keys.ts';
import { publishChange, readInEffect } from './publish.ts';

export interface Withdrawal {
  /** All that were named, also what was withdrawn before. */
  readonly withdrawn: readonly KeyOf[];
  /** Keys made in their place. */
  readonly made: readonly KeyOf[];
  /** The version without them; null: nothing that is in effect had any of them. */
  readonly published: Election | null;
}

/**
 * Takes keys that others know out of use, for good, and makes new ones where a region, or the office, is left without. In this
 * order: the new keys where they are looked for, what is withdrawn in the trail and beside the public keys, and then a version
 * without it, from which on passes and credentials under it are refused. Whoever is stopped in between does it again; no other
 * version can bring them back meanwhile.
 *
 * @throws AdminError for an id that is no key of this election, with nothing done
 */
export async function withdrawKeys(
  office: Office,
  electionId: string,
  keyIds: readonly string[],
  nowMs: number,
): Promise<Withdrawal> {
  const election = electionIdSchema.safeParse(electionId);
  if (!election.success) throw new AdminError(`${electionId.slice(0, 80)} is no election’s id`);
  const { withdrawn, made } = await noteWithdrawal(office, election.data, new Set(keyIds));
  const inEffect = await readInEffect(office, election.data);
  if (inEffect === null) return { withdrawn, made, published: null };
  if (!inEffect.result.ok)
    throw new AdminError(
      `the keys are withdrawn, but version ${inEffect.pointer.version} of ${election.data} cannot be used: mend its file and publish that`,
      inEffect.result.mistakes.map(({ text }) => text),
    );
  const { definition } = inEffect.result.election;
  const published = publishedKeyIds(inEffect.result.election);
  if (!keyIds.some((keyId) => published.includes(keyId))) return { withdrawn, made, published: null };
  return {
    withdrawn,
    made,
    published: await publishChange(office, { ...inEffect, definition }, {}, nowMs),
  };
}

async function noteWithdrawal(
  office: Office,
  election: ElectionId,
  keyIds: ReadonlySet<string>,
): Promise<Omit<Withdrawal, 'published'>> {
  const keys = await readPublicKeys(office, election);
  const known: readonly KeyOf[] = [
    ...Object.keys(keys.passKeys).flatMap((name) => {
      const region = regionIdSchema.parse(name);
      return (keys.passKeys[region] ?? []).map(({ keyId }) => ({ region, keyId }));
    }),
    ...ownKinds.flatMap((of) => keys[of].map(({ keyId }) => ({ of, keyId }))),
  ];
  const unknown = [...keyIds].filter((keyId) => !known.some((one) => one.keyId === keyId));
  if (unknown.length > 0)
    throw new AdminError(
      `nothing was withdrawn: ${election} has no key ${unknown.join(', ')} that the office made and could withdraw: npm run election -- show ${election} --json names its keys; those of receipts are replaced (rotate-receipt-key)`,
    );
  const asked = known.filter(({ keyId }) => keyIds.has(keyId));
  const withdrawn = asked.filter(({ keyId }) => !keys.withdrawn.includes(keyId));
  if (withdrawn.length === 0) return { withdrawn: asked, made: [] };
  const isBare = (region: RegionId) => livePassKeys(keys, region).every(({ keyId }) => keyIds.has(keyId));
  const regions = withdrawn.flatMap((one) => ('region' in one ? one.region : []));
  const passKeys = await makePassKeys(office, election, [...new Set(regions)].filter(isBare));
  const gone = new Set([...keys.withdrawn, ...keyIds]);
  const kinds = ownKinds.filter(
    (of) =>
      withdrawn.some((one) => 'of' in one && one.of === of) && keys[of].every(({ keyId }) => gone.has(keyId)),
  );
  const own = await makeOwnKeys(office, election, kinds, false);
  await noteKeys(office, election, { passKeys, own, withdrawn });
  const made = [
    ...passKeys.map(({ region, key }) => ({ region, keyId: key.keyId })),
    ...ownKinds.flatMap((of) => own[of].map(({ keyId }) => ({ of, keyId }))),
  ];
  return { withdrawn: asked, made };
}
