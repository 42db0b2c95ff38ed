import type { Election } from '../../functions/core/election.ts';
import { receiptKeysMax } from '../../schema/wire/limits.ts';
import { AdminError } from './admin-error.ts';
import type { Office } from './office.ts';
import { needPublished, publishChange } from './publish.ts';
import { ensureReceiptKeys, layReceiptKeys, makeReceiptKey } from './receipt-keys.ts';

export interface Rotation {
  /** Id of the key that signs from now on. */
  readonly signing: string;
  readonly published: readonly Election[];
}

/**
 * Has the receipts of elections signed with a new key. Those that are out there stay verifiable: the versions that say so name the
 * keys before too. Other elections take the new key when their file is published again. In this order: the private half where
 * ingest reads it, the trail, what publishing goes by, and then the versions, so that no instance ever lacks the key that a
 * definition asks for. Whoever is stopped in between does it again, with another key.
 *
 * @throws AdminError for an election that has had as many as a definition holds, with nothing done
 */
export async function rotateReceiptKey(
  office: Office,
  electionIds: readonly string[],
  nowMs: number,
): Promise<Rotation> {
  for (const id of electionIds) await checkRoom(office, id);
  await makeReceiptKey(office);
  // Read once more: what is published is what ingest has.
  const keys = await ensureReceiptKeys(office);
  const published: Election[] = [];
  for (const id of electionIds) {
    const current = await needPublished(office, id);
    const receiptKeys = [...layReceiptKeys(keys, current.definition)];
    published.push(await publishChange(office, current, { receiptKeys }, nowMs));
  }
  return { signing: keys[0]?.keyId ?? '', published };
}

async function checkRoom(office: Office, id: string): Promise<void> {
  const { receiptKeys = [] } = (await needPublished(office, id)).definition;
  if (receiptKeys.length >= receiptKeysMax)
    throw new AdminError(
      `${id} has had ${receiptKeys.length} keys of receipts, as many as a definition holds: all of them must stay, for receipts that they signed`,
    );
}
