import type {
  BallotId,
  Channel,
  Commitment,
  ElectionId,
  KioskId,
  ReceiptId,
  RegionId,
  StationId,
  VoterKey,
} from '../../schema/wire/ids.ts';
import type { RollNumber } from '../../schema/wire/passes.ts';
import type { ProblemCode } from '../../schema/wire/problem.ts';
import type { ReceiptStatus } from '../../schema/wire/receipt.ts';
import type { Election } from './election.ts';
import type { KioskResult } from './kiosk.ts';
import type { MetricName } from './metrics.ts';
import type { Pass } from './pass.ts';
import type { RecordFault } from './record.ts';
import type { CountedBallot, TallyNumbers } from './tally.ts';
import type { RollEntry } from './voter-roll.ts';

/** Milliseconds since 1970. Never a source of order: two hosts' clocks differ. */
export type Clock = () => number;

/**
 * Published definitions. Answers from memory; asks the object store again every few seconds, beside an answer, and before one
 * where nobody asked for longer. Goes on with what it has while the store cannot be reached.
 */
export interface DefinitionSource {
  /**
   * The latest version, which ingest judges by. Null: the store says that there is no such election.
   * Throws UnavailableError when the store cannot be asked and nothing is in memory; may be called again.
   */
  get(election: ElectionId): Promise<Election | null>;
  /**
   * That very version, which never changes: the writer judges a vote by the one it was accepted under,
   * so what becomes of it depends on its bytes alone, whenever and however often they are delivered.
   * Null: there is no such version. Throws UnavailableError when the store cannot be asked.
   */
  at(election: ElectionId, version: number): Promise<Election | null>;
  /** The latest versions in memory. */
  loaded(): { election: ElectionId; version: number }[];
}

export interface KioskRevocationSource {
  /** Whether a kiosk was taken out of service, as of the last answer about its election: seconds ago. */
  isRevoked(election: ElectionId, kiosk: KioskId): boolean;
}

/** Who a kiosk is: its credential and its token, verified. */
export interface KioskVerifier {
  /** @param authorization the request's header. Never throws. */
  verify(election: Election, authorization: string, nowMs: number): KioskResult;
}

export interface ReceiptSigner {
  /**
   * Resolves when receipts of this election can be signed. Throws UnavailableError while the keys cannot be
   * had, and where the private half of its first receipt key is not among them: a vote is not accepted with
   * another receipt than its definition promises. May be called again.
   */
  ready(election: Election): Promise<void>;
  /**
   * Signs with the first of the election's receipt keys; the same arguments get the same signature from every
   * instance. Null: the election has no receipt keys. To be called after `ready`.
   */
  sign(election: Election, receiptId: ReceiptId, commitment?: Commitment): ReceiptSignature | null;
}

export interface ReceiptSignature {
  readonly keyId: string;
  /** Ed25519, base64url. */
  readonly signature: string;
}

export interface PassVerifier {
  /** Whether the issuer's key that the pass names signed it. False for an unknown key. Never throws. */
  verify(election: Election, pass: Pass): boolean;
}

/** One accepted vote on its way out of ingest. */
export interface SinkEntry {
  readonly partitionKey: VoterKey;
  readonly data: Buffer;
}

export interface VoteSink {
  /**
   * Resolves only after the stream returned a sequence number for this very entry, or the overflow
   * queue a message id. Throws NotDurableError when neither did within the deadline: the entry may
   * have been stored all the same, and repeating it is safe.
   */
  put(entry: SinkEntry): Promise<'stream' | 'overflow'>;
}

/** What became of one entry of a call that came back. */
export type PutOutcome = 'stored' | 'failed';

/** The stream, many entries a call. */
export interface BatchStream {
  /**
   * One outcome an entry, in order: `stored` only with a sequence number for that very entry. Makes
   * one attempt. Throws when the call as a whole failed or timed out: every entry's fate is unknown.
   */
  putBatch(entries: readonly SinkEntry[], timeoutMs: number): Promise<PutOutcome[]>;
}

/** The overflow queue, several entries a call. */
export interface OverflowQueue {
  /** One outcome an entry, in order: `stored` only with a message id. Throws: every fate is unknown. */
  sendBatch(entries: readonly SinkEntry[], timeoutMs: number): Promise<PutOutcome[]>;
}

/** A vote that can be counted: parsed, judged and numbered. */
export interface CountableVote extends CountedBallot {
  readonly election: ElectionId;
  readonly electionNo: number;
  readonly voterKey: VoterKey;
  readonly ballotId: BallotId;
  readonly region: RegionId;
  readonly station: StationId;
  readonly channel: Channel;
  /** Cut to the minute, ISO 8601 in UTC: the order of casting must not be readable from ballots. */
  readonly castMinute: string;
  /** The election's day of casting, `YYYY-MM-DD` in its own time zone. */
  readonly castOn: string;
  /** The record as it was delivered. */
  readonly bytes: Uint8Array;
}

/** Why an accepted record could not be counted. `database-refused` carries an SQLSTATE. */
export type QuarantineReason =
  | RecordFault
  | 'unknown-election'
  | 'unknown-station'
  | 'invalid-ballot'
  | `database-refused-${string}`;

/** A record that cannot be counted, kept whole. */
export interface Uncountable {
  /** 32 bytes that are equal for every delivery of the same vote: see `quarantineKeyOf`. */
  readonly key: Uint8Array;
  readonly reason: QuarantineReason;
  readonly bytes: Uint8Array;
  /** Where its election is known. */
  readonly electionNo: number | null;
}

/** Where a batch came from: the audit trail that ties the stream to the tables. */
export interface BatchOrigin {
  readonly source: 'kinesis' | 'sqs';
  /** Shard id; for the queue its name. */
  readonly shard: string;
  readonly firstSequence: string;
  readonly lastSequence: string;
}

export interface Batch {
  readonly origin: BatchOrigin;
  /** In order of arrival: the first ballot of a voter stands. */
  readonly votes: readonly CountableVote[];
  readonly uncountable: readonly Uncountable[];
}

/** What became of a batch; the four add up to its records. */
export interface BatchOutcome {
  readonly recorded: number;
  /** Deliveries that changed nothing, their vote being recorded, a duplicate or in quarantine already. */
  readonly repeated: number;
  readonly duplicates: number;
  readonly quarantined: number;
}

export interface VoteStore {
  /** The numbers of an election's units and lines; assigns those that are new. Throws UnavailableError. */
  register(election: Election): Promise<TallyNumbers>;
  /**
   * Records a batch in one transaction, exactly once: resolves only after commit, and recording the
   * same batch again changes nothing. Retries deadlocks and lost connections itself, a few times.
   * Throws UnavailableError when the database cannot take it (it may have taken it all the same:
   * deliver again), and RefusedError when it refuses the data.
   */
  record(batch: Batch): Promise<BatchOutcome>;
  /** Folds pending sums into the tally, unless somebody else is at it. Changes no result. */
  fold(): Promise<void>;
}

/** What became of asking for a pass. `taken`: one was signed for another blinded message. */
export type PassClaim = 'first' | 'repeated' | 'taken';

/** The voter roll, as the issuer uses it. Throws UnavailableError; every method may be called again. */
export interface VoterRoll {
  /** Null: nobody of that number is on the roll of this election. */
  find(election: ElectionId, rollNumber: RollNumber): Promise<RollEntry | null>;
  /** By a provider's subject: see `subjectKeyOf`. */
  findSubject(election: ElectionId, subjectKey: string): Promise<RollEntry | null>;
  /**
   * Counts an attempt before anything is compared, so that attempts at the same time count too; resolves to
   * how many there were in the time they are counted over, this one among them.
   */
  countAttempt(election: ElectionId, rollNumber: RollNumber): Promise<Attempts>;
  /** After a success. */
  forgetAttempts(election: ElectionId, rollNumber: RollNumber): Promise<void>;
  /**
   * Takes the voter's one pass for this blinded message. Resolves after commit: of any number at the same time
   * exactly one is `first`.
   */
  claimPass(election: ElectionId, rollNumber: RollNumber, blindedSha256: Uint8Array): Promise<PassClaim>;
}

export interface Attempts {
  readonly count: number;
  /** Until the oldest of them is forgotten. */
  readonly secondsLeft: number;
}

/** The private halves of pass keys. */
export interface BlindSigner {
  /** Whether this is a message that the key can sign at all: below its modulus. Says so before anything is spent on it. */
  canSign(election: Election, keyId: string, blindedMessage: Uint8Array): boolean;
  /**
   * RFC 9474, BlindSign: the signature, verified before it is given. The same message has the same signature.
   * Throws UnavailableError when the key cannot be had, or its signature was wrong.
   */
  sign(election: Election, region: RegionId, keyId: string, blindedMessage: Uint8Array): Promise<Buffer>;
}

/** Says who somebody is, from a token of an identity provider that the election trusts. */
export interface IdTokenVerifier {
  /**
   * Issuer and subject of a token that is valid now, for this election's audience, and made for this nonce;
   * otherwise null. Throws UnavailableError when the provider's keys are not at hand.
   */
  verify(election: Election, idToken: string, nonce: string, nowMs: number): Promise<Identity | null>;
}

export interface Identity {
  readonly issuer: string;
  readonly subject: string;
}

/** Compares access codes with what is kept of them; takes as long whoever it is about. */
export interface CodeVerifier {
  matches(kind: 'random' | 'chosen', owner: string, code: string, kept: Uint8Array | null): Promise<boolean>;
}

/** One number of the count: `votes` on line `lineNo` of unit `unitNo`. */
export interface TallyCell {
  readonly unitNo: number;
  readonly lineNo: number;
  readonly votes: number;
}

/** Where the count stands in one snapshot of the database. */
export interface CountPosition {
  readonly numbers: TallyNumbers;
  readonly recorded: number;
  readonly duplicates: number;
  readonly quarantined: number;
  /** When the last batch in the snapshot was recorded, ISO 8601; null before the first. */
  readonly asOf: string | null;
}

/** Everything a result is made of, from one snapshot. */
export interface CountSnapshot extends CountPosition {
  readonly cells: readonly TallyCell[];
}

/** How far and how fast the count goes, from one snapshot. */
export interface ProgressSnapshot extends CountPosition {
  /** The latest minutes in which ballots were recorded, ascending, each once; at most `progressMinutesMax` folded ones. */
  readonly minutes: readonly { readonly startMs: number; readonly recorded: number }[];
  /** Stations, by unit number, from which at least one ballot is counted. */
  readonly reportingUnits: ReadonlySet<number>;
}

/** Which units to read: the election's own always, those below it on request; stations alone, or with all regions. */
export type ResultsScope =
  | { readonly by: 'election' }
  | { readonly by: 'region' }
  | { readonly by: 'station'; readonly region: RegionId; readonly withRegions?: boolean };

export interface ResultsStore {
  /** Null: no vote of this election has reached the database yet. Throws UnavailableError. */
  readCounts(election: ElectionId, scope: ResultsScope): Promise<CountSnapshot | null>;
  /** Likewise; costs an index look-up a station, whatever was counted. */
  readProgress(election: ElectionId): Promise<ProgressSnapshot | null>;
  /** What became of a vote; `pending` also for one that was never cast. Throws UnavailableError. */
  readReceipt(election: ElectionId, voterKey: VoterKey, ballotId: BallotId): Promise<ReceiptStatus>;
}

/** What is added up in memory and written out together. None of it throws, blocks or waits. */
export interface Metrics {
  /** Adds to a counter; to that of the problem as well, where one is named. */
  count(name: MetricName, by?: number, problem?: ProblemCode): void;
  /** One value of a distribution, or a gauge's present one. */
  observe(name: MetricName, value: number): void;
  /** Writes out what has come together. Nothing is written for nothing. */
  flush(): void;
}

/** The database's books: do its own records of what was counted agree? */
export interface Books {
  /** Votes by which audit trail, tally and tables disagree; 0 in every committed snapshot. */
  readonly unaccounted: number;
  readonly quarantined: number;
  /** Age of the oldest sum that is not folded yet; 0 when none waits. It counts all the same. */
  readonly oldestPendingSeconds: number;
}

/** Fields of a log line. Never a pass, never a selection beside a voter key. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;
export type Log = (code: LogCode, fields?: LogFields) => void;

/** Every line that the functions may log. */
export type LogCode =
  | 'definition.loaded'
  | 'definition.stale'
  | 'definition.invalid'
  | 'ingest.overflowed'
  | 'ingest.not-durable'
  | 'request.failed'
  | 'stream.put-failed'
  | 'overflow.put-failed'
  | 'writer.batch-recorded'
  | 'writer.batch-failed'
  | 'writer.quarantined'
  | 'writer.retrying'
  | 'tally.fold-failed'
  | 'partitions.made'
  | 'partitions.default-in-use'
  | 'books.unaccounted'
  | 'maintenance.failed'
  | 'migration.applied'
  | 'deployment.refused'
  | 'pass.issued'
  | 'pass.refused'
  | 'pass.signing-failed'
  | 'provider-keys.failed';
