import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  customType,
  date,
  foreignKey,
  integer,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';

/**
 * The tables of the count, for drizzle-kit and for typed reads. What drizzle cannot express (partitions, roles,
 * triggers, views, storage) stands in the migrations: see drizzle/README.md.
 */

export const bytea = customType<{ data: Uint8Array; driverData: Buffer }>({ dataType: () => 'bytea' });
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'string' });
const count = (name: string) => bigint(name, { mode: 'number' });

export const channel = pgEnum('channel', ['browser', 'kiosk']);
export const tallyLevel = pgEnum('tally_level', ['election', 'region', 'station']);
export const batchSource = pgEnum('batch_source', ['kinesis', 'sqs']);

/** Elections by number: 4 bytes in every row instead of a name. */
export const election = pgTable('election', {
  electionNo: integer('election_no').primaryKey().generatedAlwaysAsIdentity(),
  election: text('election').notNull().unique('election_id_unique'),
  name: text('name').notNull(),
  timeZone: text('time_zone').notNull(),
  opensAt: instant('opens_at').notNull(),
  closesAt: instant('closes_at').notNull(),
  graceSeconds: integer('grace_seconds').notNull(),
  definitionVersion: integer('definition_version').notNull(),
});

/** Where votes count: the election itself, its regions, their stations (NIST: reporting unit). */
export const reportingUnit = pgTable(
  'reporting_unit',
  {
    electionNo: integer('election_no')
      .notNull()
      .references(() => election.electionNo),
    unitNo: integer('unit_no').notNull(),
    level: tallyLevel('level').notNull(),
    parentNo: integer('parent_no'),
    region: text('region'),
    station: text('station'),
    name: text('name').notNull(),
    registeredVoters: integer('registered_voters'),
    /** What ballots of this station carry; null above, and where it was registered before this was kept. */
    ballotStyle: text('ballot_style'),
  },
  (t) => [
    primaryKey({ name: 'reporting_unit_pk', columns: [t.electionNo, t.unitNo] }),
    unique('reporting_unit_place').on(t.electionNo, t.region, t.station).nullsNotDistinct(),
    foreignKey({
      name: 'reporting_unit_parent',
      columns: [t.electionNo, t.parentNo],
      foreignColumns: [t.electionNo, t.unitNo],
    }),
    check(
      'reporting_unit_level',
      sql`(${t.level} = 'election' and ${t.region} is null and ${t.station} is null and ${t.parentNo} is null)
        or (${t.level} = 'region' and ${t.region} is not null and ${t.station} is null and ${t.parentNo} is not null)
        or (${t.level} = 'station' and ${t.region} is not null and ${t.station} is not null and ${t.parentNo} is not null)`,
    ),
    check('reporting_unit_style', sql`${t.ballotStyle} is null or ${t.level} = 'station'`),
  ],
);

/** What is counted: a choice of a contest, or the ballots of one style cast through one channel. */
export const tallyLine = pgTable(
  'tally_line',
  {
    electionNo: integer('election_no')
      .notNull()
      .references(() => election.electionNo),
    lineNo: integer('line_no').notNull(),
    contest: text('contest'),
    contestName: text('contest_name'),
    maxSelections: integer('max_selections'),
    choice: text('choice'),
    choiceName: text('choice_name'),
    party: text('party'),
    ballotStyle: text('ballot_style'),
    channel: channel('channel'),
  },
  (t) => [
    primaryKey({ name: 'tally_line_pk', columns: [t.electionNo, t.lineNo] }),
    unique('tally_line_meaning')
      .on(t.electionNo, t.contest, t.choice, t.ballotStyle, t.channel)
      .nullsNotDistinct(),
    check('tally_line_range', sql`${t.lineNo} >= 1 and ${t.lineNo} < 2097152`),
    check(
      'tally_line_kind',
      sql`(num_nonnulls(${t.contest}, ${t.contestName}, ${t.maxSelections}, ${t.choice}, ${t.choiceName}) = 5
          and num_nonnulls(${t.ballotStyle}, ${t.channel}) = 0)
        or (num_nonnulls(${t.contest}, ${t.contestName}, ${t.maxSelections}, ${t.choice}, ${t.choiceName}, ${t.party}) = 0
          and num_nonnulls(${t.ballotStyle}, ${t.channel}) = 2)`,
    ),
  ],
);

/** The contests that a ballot style carries; what turns ballots into undervotes. */
export const ballotStyleContest = pgTable(
  'ballot_style_contest',
  {
    electionNo: integer('election_no')
      .notNull()
      .references(() => election.electionNo),
    ballotStyle: text('ballot_style').notNull(),
    contest: text('contest').notNull(),
  },
  (t) => [primaryKey({ name: 'ballot_style_contest_pk', columns: [t.electionNo, t.ballotStyle, t.contest] })],
);

/**
 * That a voter key has voted. Its primary key is what makes it one vote a voter. PARTITION BY HASH
 * on the voter key. No foreign keys: they would cost a look-up a vote and guard nothing that the
 * writer does not already look up.
 */
export const participation = pgTable(
  'participation',
  {
    voterKey: uuid('voter_key').notNull(),
    ballotId: uuid('ballot_id').notNull(),
    electionNo: integer('election_no').notNull(),
  },
  (t) => [primaryKey({ name: 'participation_pk', columns: [t.electionNo, t.voterKey] })],
);

/**
 * What was voted. No voter key, and an id of its own: the client's ballot id stands in the receipt,
 * so a ballot that carried it would turn the receipt into a proof of how somebody voted.
 * PARTITION BY RANGE (cast_on), then LIST (region), then HASH (station). No index: partitions are
 * what analysts prune by, and every index would cost each of 300 million votes.
 */
export const ballot = pgTable(
  'ballot',
  {
    id: uuid('id').notNull().default(sql`gen_random_uuid()`),
    castAt: instant('cast_at').notNull(),
    castOn: date('cast_on', { mode: 'string' }).notNull(),
    electionNo: integer('election_no').notNull(),
    channel: channel('channel').notNull(),
    region: text('region').notNull(),
    station: text('station').notNull(),
    /** Line numbers: first the line of the ballot itself, then the marked choices, ascending. */
    lines: integer('lines').array().notNull(),
  },
  (t) => [
    check('ballot_to_the_minute', sql`extract(epoch from ${t.castAt}) % 60 = 0`),
    check('ballot_has_lines', sql`cardinality(${t.lines}) >= 1`),
  ],
);

/**
 * A second, different ballot under the same voter key. What it said is not kept here beside the voter
 * key; the hash finds it in the archived stream.
 */
export const duplicateAttempt = pgTable(
  'duplicate_attempt',
  {
    electionNo: integer('election_no').notNull(),
    voterKey: uuid('voter_key').notNull(),
    ballotId: uuid('ballot_id').notNull(),
    region: text('region').notNull(),
    station: text('station').notNull(),
    channel: channel('channel').notNull(),
    castAt: instant('cast_at').notNull(),
    recordSha256: bytea('record_sha256').notNull(),
    batchId: uuid('batch_id').notNull(),
  },
  (t) => [primaryKey({ name: 'duplicate_attempt_pk', columns: [t.electionNo, t.voterKey, t.ballotId] })],
);

/** Accepted records that could not be counted, whole, with the reason. */
export const quarantine = pgTable(
  'quarantine',
  {
    quarantineKey: bytea('quarantine_key').notNull(),
    electionNo: integer('election_no'),
    reason: text('reason').notNull(),
    record: bytea('record').notNull(),
    batchId: uuid('batch_id').notNull(),
    quarantinedAt: instant('quarantined_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ name: 'quarantine_pk', columns: [t.quarantineKey] }),
    check('quarantine_key_length', sql`octet_length(${t.quarantineKey}) = 32`),
  ],
);

/** One row a batch: the audit trail that ties the stream to the tables. */
export const writerBatch = pgTable(
  'writer_batch',
  {
    /** Drawn by the writer: a sequence would pin the connection behind RDS Proxy. */
    batchId: uuid('batch_id').primaryKey(),
    source: batchSource('source').notNull(),
    shard: text('shard').notNull(),
    firstSequence: text('first_sequence').notNull(),
    lastSequence: text('last_sequence').notNull(),
    recorded: integer('recorded').notNull(),
    repeated: integer('repeated').notNull(),
    duplicates: integer('duplicates').notNull(),
    quarantined: integer('quarantined').notNull(),
    recordedAt: instant('recorded_at').notNull().default(sql`clock_timestamp()`),
  },
  (t) => [
    check(
      'writer_batch_counts',
      sql`least(${t.recorded}, ${t.repeated}, ${t.duplicates}, ${t.quarantined}) >= 0`,
    ),
  ],
);

/** Votes by line and unit, as far as they are folded; the rest is in `tally_pending`. */
export const tally = pgTable(
  'tally',
  {
    electionNo: integer('election_no').notNull(),
    unitNo: integer('unit_no').notNull(),
    lineNo: integer('line_no').notNull(),
    votes: count('votes').notNull(),
  },
  (t) => [
    primaryKey({ name: 'tally_pk', columns: [t.electionNo, t.unitNo, t.lineNo] }),
    check('tally_votes', sql`${t.votes} >= 0`),
  ],
);

/** Votes by fate, as far as they are folded. */
export const tallyTotal = pgTable('tally_total', {
  electionNo: integer('election_no').primaryKey(),
  recorded: count('recorded').notNull(),
  duplicates: count('duplicates').notNull(),
  quarantined: count('quarantined').notNull(),
  asOf: instant('as_of').notNull(),
});

/**
 * Ballots by the minute in which they were recorded, as far as they are folded: how fast the count goes, and
 * nothing of what was voted. The rest is in `tally_pending`. One row a minute, however many ballots.
 */
export const tallyMinute = pgTable(
  'tally_minute',
  {
    electionNo: integer('election_no').notNull(),
    minute: instant('minute').notNull(),
    recorded: count('recorded').notNull(),
  },
  (t) => [
    primaryKey({ name: 'tally_minute_pk', columns: [t.electionNo, t.minute] }),
    check('tally_minute_whole', sql`extract(epoch from ${t.minute}) % 60 = 0`),
    check('tally_minute_recorded', sql`${t.recorded} > 0`),
  ],
);

/**
 * What batches added, not folded yet: one row an election and level. Only inserted by writers, so no
 * two of them ever wait for each other over a popular choice.
 */
export const tallyPending = pgTable('tally_pending', {
  batchId: uuid('batch_id').notNull(),
  electionNo: integer('election_no').notNull(),
  level: tallyLevel('level').notNull(),
  unitNos: integer('unit_nos').array().notNull(),
  lineNos: integer('line_nos').array().notNull(),
  votes: integer('votes').array().notNull(),
  /** By fate: on the row of the level `election`, otherwise 0. */
  recorded: integer('recorded').notNull(),
  duplicates: integer('duplicates').notNull(),
  quarantined: integer('quarantined').notNull(),
  recordedAt: instant('recorded_at').notNull().default(sql`clock_timestamp()`),
});

/**
 * Whoever has its one row locked folds the tally. A table, since locking it takes a right to it: advisory locks are
 * anybody's, an analyst's too.
 */
export const tallyFoldLock = pgTable('tally_fold_lock', { name: text('name').primaryKey() });

/** Has no rows, and is locked as a whole: see `functions/adapters/postgres/refused-ballots.ts`. */
export const refusedBallotLock = pgTable('refused_ballot_lock', { name: text('name').primaryKey() });

/** Days of ballots that were exported and detached, by election; see `functions/adapters/postgres/archive-ballots.ts`. */
export const ballotArchive = pgTable(
  'ballot_archive',
  {
    castOn: date('cast_on', { mode: 'string' }).notNull(),
    electionNo: integer('election_no')
      .notNull()
      .references(() => election.electionNo),
    ballots: count('ballots').notNull(),
    file: text('file').notNull(),
    /** Of the file's content before it was compressed. */
    sha256: bytea('sha256').notNull(),
    detachedAt: instant('detached_at').notNull().default(sql`clock_timestamp()`),
  },
  (t) => [
    primaryKey({ name: 'ballot_archive_pk', columns: [t.castOn, t.electionNo] }),
    check('ballot_archive_ballots', sql`${t.ballots} > 0`),
    check('ballot_archive_hash', sql`octet_length(${t.sha256}) = 32`),
  ],
);
