import type { Election } from '../../functions/core/election.ts';
import { receiptKeysMax } from '../../schema/wire/limits.ts';
import { AdminError } from './admin-error.ts';
import type { Office } from './office.ts';
import { needPublished, publishChange } from './publish.ts';
import { ensureReceiptKeys, layReceiptKeys, makeReceiptKey } from './receipt-keys.ts';

export interface Rotation {
  /** The key that signs from now on. */
  readonly signing: string;
  /** Null: no receipt was signed before. */
  readonly before: string | null;
  readonly published: Election;
}

/**
 * Has an election's receipts signed with a new key. Those that are out there stay verifiable: the version that says so names
 * the keys before too. Other elections take the new key with their next version. In this order: the private half where
 * ingest reads it, the trail, what publishing goes by, and then the version, so that no instance ever lacks the key that a
 * definition asks for. Whoever is stopped in between does it again.
 *
 * @throws AdminError for an election that has had as many as a definition holds, with nothing done
 */
export async function rotateReceiptKey(office: Office, electionId: string, nowMs: number): Promise<Rotation> {
  const current = await needPublished(office, electionId);
  const had = current.definition.receiptKeys ?? [];
  if (had.length >= receiptKeysMax)
    throw new AdminError(
      `${electionId} has had ${had.length} keys of receipts, as many as a definition holds: all of them must stay, for receipts that they signed`,
    );
  await makeReceiptKey(office);
  // Read once more: what is published is what ingest has.
  const receiptKeys = [...layReceiptKeys(await ensureReceiptKeys(office), current.definition)];
  const published = await publishChange(office, current, { receiptKeys }, nowMs);
  return { signing: receiptKeys[0]?.keyId ?? '', before: had[0]?.keyId ?? null, published };
}
