import type { Election } from '../../functions/core/election.ts';
import { type ElectionId, electionIdSchema, type RegionId, regionIdSchema } from '../../schema/wire/ids.ts';
import { AdminError } from './admin-error.ts';
import { livePassKeys, makePassKeys, noteKeys, readPublicKeys } from './keys.ts';
import type { Office } from './office.ts';
import { publishChange, readInEffect } from './publish.ts';

export interface Withdrawal {
  readonly withdrawn: readonly { readonly region: string; readonly keyId: string }[];
  /** Keys made in their place. */
  readonly made: readonly { readonly region: string; readonly keyId: string }[];
  /** The version without them; null: nothing that is in effect had any of them. */
  readonly published: Election | null;
}

/**
 * Takes pass keys that others know out of use, for good, and makes new ones where a region is left without. In this order: the
 * new keys where the issuer looks, what is withdrawn in the trail and beside the public keys, and then a version without
 * it, from which on passes under it are refused. Whoever is stopped in between does it again; no other version can bring
 * them back meanwhile.
 *
 * @throws AdminError for an id that is no pass key of this election, with nothing done
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
  const { definition, passKeys } = inEffect.result.election;
  if (!keyIds.some((keyId) => passKeys.has(keyId))) return { withdrawn, made, published: null };
  const published = await publishChange(office, { ...inEffect, definition }, {}, nowMs);
  return { withdrawn, made, published };
}

async function noteWithdrawal(
  office: Office,
  election: ElectionId,
  keyIds: ReadonlySet<string>,
): Promise<Omit<Withdrawal, 'published'>> {
  const keys = await readPublicKeys(office, election);
  const known = Object.keys(keys.passKeys).flatMap((name) => {
    const region = regionIdSchema.parse(name);
    return (keys.passKeys[region] ?? []).map(({ keyId }) => ({ region, keyId }));
  });
  const unknown = [...keyIds].filter((keyId) => !known.some((one) => one.keyId === keyId));
  if (unknown.length > 0)
    throw new AdminError(
      `nothing was withdrawn: ${election} has no pass key ${unknown.join(', ')}; npm run election -- show ${election} --json names them`,
    );
  const withdrawn = known.filter(({ keyId }) => keyIds.has(keyId) && !keys.withdrawn.includes(keyId));
  if (withdrawn.length === 0) return { withdrawn, made: [] };
  const isBare = (region: RegionId) => livePassKeys(keys, region).every(({ keyId }) => keyIds.has(keyId));
  const bare = [...new Set(withdrawn.map(({ region }) => region))].filter(isBare);
  const passKeys = await makePassKeys(office, election, bare);
  await noteKeys(office, election, { passKeys, withdrawn });
  return { withdrawn, made: passKeys.map(({ region, key }) => ({ region, keyId: key.keyId })) };
}
