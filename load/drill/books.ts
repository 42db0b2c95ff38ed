import type { BallotId, VoterKey } from '../../schema/wire/ids.ts';
import { ask } from './database-probe.ts';

export interface VoteRow {
  readonly voterKey: VoterKey;
  readonly ballotId: BallotId;
}

/** The tables of one election's database, as the audit needs them. */
export interface Books {
  readonly participations: readonly VoteRow[];
  readonly duplicates: readonly VoteRow[];
  readonly quarantined: readonly { readonly key: string; readonly bytes: Buffer; readonly reason: string }[];
  readonly ballots: number;
  /** Votes by `region contest choice`, zeros left out. */
  readonly tally: ReadonlyMap<string, number>;
  /** Where the tally differs from a recount of the ballots, a line each. */
  readonly tallyDifferences: readonly string[];
  readonly recordedBallot: ReadonlyMap<VoterKey, BallotId>;
  readonly duplicateKeys: ReadonlySet<string>;
  readonly quarantineByKey: ReadonlyMap<string, Buffer>;
}

/** Reads a few thousand rows of each; meant for databases as small as a drill's. */
export async function readBooks(url: string): Promise<Books> {
  const [participations, duplicates, quarantined, [ballots], tally, differences] = await Promise.all([
    ask<VoteRow>(url, 'select voter_key as "voterKey", ballot_id as "ballotId" from participation'),
    ask<VoteRow>(url, 'select voter_key as "voterKey", ballot_id as "ballotId" from duplicate_attempt'),
    ask<{ key: string; bytes: Buffer; reason: string }>(
      url,
      "select encode(quarantine_key, 'hex') as key, record as bytes, reason from quarantine",
    ),
    ask<{ ballots: number }>(url, 'select count(*)::integer as ballots from ballot'),
    ask<{ line: string; votes: number }>(
      url,
      `select region || ' ' || contest || ' ' || choice as line, votes::integer as votes
        from result where level = 'region' and choice is not null and votes > 0`,
    ),
    ask<{ unit_no: number; line_no: number; tally_votes: string; recounted_votes: string }>(
      url,
      'select * from tally_difference',
    ),
  ]);
  return {
    participations,
    duplicates,
    quarantined,
    ballots: ballots?.ballots ?? 0,
    tally: new Map(tally.map(({ line, votes }) => [line, votes])),
    tallyDifferences: differences.map(
      (row) =>
        `unit ${row.unit_no}, line ${row.line_no}: tally ${row.tally_votes}, recount ${row.recounted_votes}`,
    ),
    recordedBallot: new Map(participations.map(({ voterKey, ballotId }) => [voterKey, ballotId])),
    duplicateKeys: new Set(duplicates.map(({ voterKey, ballotId }) => `${voterKey} ${ballotId}`)),
    quarantineByKey: new Map(quarantined.map(({ key, bytes }) => [key, bytes])),
  };
}
