import { RefusedError } from '../core/errors.ts';
import type { Batch, BatchOutcome, CountableVote, Uncountable, VoteStore } from '../core/ports.ts';
import { quarantineKeyOf } from '../core/quarantine.ts';

/**
 * Records what was delivered, exactly once, whatever is in it: a batch that the database refuses for
 * its data is halved until the record at fault stands alone, and that one goes into quarantine. Throws
 * UnavailableError when the database cannot be reached: deliver the same again.
 */
export async function recordVotes(store: VoteStore, batch: Batch): Promise<BatchOutcome> {
  try {
    return await store.record(batch);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const [vote, ...others] = batch.votes;
    if (vote === undefined) throw error;
    if (others.length === 0) return store.record(quarantined(batch, vote, error));
  }
  const middle = Math.ceil(batch.votes.length / 2);
  const first = await recordVotes(store, { ...batch, votes: batch.votes.slice(0, middle) });
  const second = await recordVotes(store, { ...batch, votes: batch.votes.slice(middle), uncountable: [] });
  return add(first, second);
}

function quarantined({ origin, uncountable }: Batch, vote: CountableVote, error: RefusedError): Batch {
  const refused: Uncountable = {
    key: quarantineKeyOf(vote),
    reason: `database-refused-${error.sqlState}`,
    bytes: vote.bytes,
    electionNo: vote.electionNo,
  };
  return { origin, votes: [], uncountable: [...uncountable, refused] };
}

function add(a: BatchOutcome, b: BatchOutcome): BatchOutcome {
  return {
    recorded: a.recorded + b.recorded,
    repeated: a.repeated + b.repeated,
    duplicates: a.duplicates + b.duplicates,
    quarantined: a.quarantined + b.quarantined,
  };
}
