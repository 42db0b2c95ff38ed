import { checkAccounting } from '../../functions/core/accounting.ts';
import { quarantineKeyOf } from '../../functions/core/quarantine.ts';
import type { ElectionId } from '../../schema/wire/ids.ts';
import type { CastVote } from './ballots.ts';
import { type Books, readBooks } from './books.ts';

/** What an outsider with the clients' receipts and the database's tables finds. */
export interface Audit {
  readonly acked: number;
  /** Receipts without a record, a duplicate or a quarantined record. */
  readonly lost: number;
  /** Voters that count more than once, and ballots beyond the voters that took part. */
  readonly doubleCounted: number;
  /** Everything else that does not add up, a line each. */
  readonly unexplained: readonly string[];
  /** accepted = recorded + duplicate + quarantined, with its numbers. */
  readonly sentence: string;
}

export interface AuditSpec {
  readonly databaseUrl: string;
  readonly election: ElectionId;
  readonly votes: readonly CastVote[];
  /** Records that the drill itself put into the stream and that can only be quarantined, by their bytes in hex. */
  readonly planted: ReadonlySet<string>;
}

type Fate = 'recorded' | 'duplicate' | 'quarantined' | 'nowhere';

/** Once the stream is drained. */
export async function auditDrill(spec: AuditSpec): Promise<Audit> {
  return judgeBooks(spec, await readBooks(spec.databaseUrl));
}

/** Compares what clients hold with what the database has. Pure. */
export function judgeBooks(
  { election, votes, planted }: Omit<AuditSpec, 'databaseUrl'>,
  books: Books,
): Audit {
  const fates = votes.map((vote) => ({ vote, fate: fateOf(election, vote, books) }));
  const acked = fates.filter(({ vote }) => vote.receiptId !== null);
  // A vote whose client never got an answer may have been accepted all the same: the tables say so.
  const accepted = fates.filter(({ vote, fate }) => vote.receiptId !== null || fate !== 'nowhere');
  const accounting = checkAccounting({
    accepted: accepted.length + planted.size,
    recorded: books.participations.length,
    duplicates: books.duplicates.length,
    quarantined: books.quarantined.length,
  });
  const voters = new Set(books.participations.map(({ voterKey }) => voterKey)).size;
  const unexplained = [
    ...findStrangers({ election, votes, planted }, books),
    ...findMiscounts(votes, books),
    ...books.tallyDifferences,
    ...(accounting.ok ? [] : [accounting.sentence]),
  ];
  return {
    acked: acked.length,
    lost: acked.filter(({ fate }) => fate === 'nowhere').length,
    doubleCounted:
      books.participations.length - voters + Math.abs(books.ballots - books.participations.length),
    unexplained,
    sentence: accounting.sentence,
  };
}

function fateOf(election: ElectionId, vote: CastVote, books: Books): Fate {
  if (books.recordedBallot.get(vote.voterKey) === vote.ballotId) return 'recorded';
  if (books.duplicateKeys.has(`${vote.voterKey} ${vote.ballotId}`)) return 'duplicate';
  const key = Buffer.from(quarantineKeyOf({ election, ...vote })).toString('hex');
  const bytes = books.quarantineByKey.get(key);
  // Not by its key alone: the record has to be there whole.
  return bytes?.includes(vote.ballotId) && bytes.includes(vote.voterKey) ? 'quarantined' : 'nowhere';
}

/** What is in the tables and nobody cast, and what was planted and is not there. */
function findStrangers({ election, votes, planted }: Omit<AuditSpec, 'databaseUrl'>, books: Books): string[] {
  const cast = new Set(votes.filter(({ sent }) => sent).map((vote) => `${vote.voterKey} ${vote.ballotId}`));
  const castKeys = new Set(
    votes.map((vote) => Buffer.from(quarantineKeyOf({ election, ...vote })).toString('hex')),
  );
  const strange: string[] = [];
  for (const { voterKey, ballotId } of [...books.participations, ...books.duplicates])
    if (!cast.has(`${voterKey} ${ballotId}`))
      strange.push(`recorded, but nobody cast it: ballot ${ballotId}`);
  const held = new Set<string>();
  for (const { key, bytes, reason } of books.quarantined) {
    held.add(bytes.toString('hex'));
    if (!planted.has(bytes.toString('hex')) && !castKeys.has(key))
      strange.push(`in quarantine (${reason}), but neither cast nor planted`);
  }
  for (const hex of planted)
    if (!held.has(hex)) strange.push('a poison record is not in quarantine with its bytes');
  return strange;
}

/** The clients' own count of the recorded ballots, against the tally that everybody reads. */
function findMiscounts(votes: readonly CastVote[], books: Books): string[] {
  const expected = new Map<string, number>();
  for (const vote of votes) {
    if (books.recordedBallot.get(vote.voterKey) !== vote.ballotId) continue;
    for (const { contest, choices } of vote.selections)
      for (const choice of choices) {
        const line = `${vote.region} ${contest} ${choice}`;
        expected.set(line, (expected.get(line) ?? 0) + 1);
      }
  }
  const lines = new Set([...expected.keys(), ...books.tally.keys()]);
  return [...lines].flatMap((line) => {
    const [cast, counted] = [expected.get(line) ?? 0, books.tally.get(line) ?? 0];
    return cast === counted ? [] : [`the tally of ${line} is ${counted}; the clients cast ${cast}`];
  });
}
