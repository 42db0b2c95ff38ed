import { sql } from 'drizzle-orm';
import { check, date, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { bytea, instant } from './tables.ts';

/**
 * The tables of the voter roll: a database of its own, on a server of its own. With the votes it shares no log, no
 * backup, no owner and no transaction numbers, by which rows of the two could be put in one order.
 */

/** Elections that have a roll, by number: 4 bytes in every row instead of a name. */
export const election = pgTable('election', {
  electionNo: integer('election_no').primaryKey().generatedAlwaysAsIdentity(),
  election: text('election').notNull().unique('election_id_unique'),
});

/**
 * Who may vote, and where. No name: the roll number leads to one on paper. PARTITION BY HASH on the roll
 * number, 64 partitions: 300 million voters make 4.7 million in each.
 */
export const voterRoll = pgTable(
  'voter_roll',
  {
    electionNo: integer('election_no').notNull(),
    rollNumber: text('roll_number').notNull(),
    region: text('region').notNull(),
    /** How the access code was hashed, and the hash; see functions/adapters/access-code.ts. Null: none. */
    codeHash: bytea('code_hash'),
  },
  (t) => [
    primaryKey({ name: 'voter_roll_pk', columns: [t.electionNo, t.rollNumber] }),
    check('voter_roll_code', sql`${t.codeHash} is null or octet_length(${t.codeHash}) between 33 and 97`),
  ],
);

/** Whom an identity provider's subject is on the roll. PARTITION BY HASH on the subject. */
export const voterSubject = pgTable(
  'voter_subject',
  {
    /** First 16 bytes of SHA-256 over issuer and subject. */
    subjectKey: uuid('subject_key').notNull(),
    electionNo: integer('election_no').notNull(),
    rollNumber: text('roll_number').notNull(),
  },
  (t) => [primaryKey({ name: 'voter_subject_pk', columns: [t.electionNo, t.subjectKey] })],
);

/**
 * That a voter's pass was signed, and for which blinded message: the same one may be signed again. It is the
 * day, not the moment: beside the minute of a ballot the moment would say too much. PARTITION BY HASH.
 */
export const passIssued = pgTable(
  'pass_issued',
  {
    electionNo: integer('election_no').notNull(),
    issuedOn: date('issued_on', { mode: 'string' }).notNull().default(sql`current_date`),
    rollNumber: text('roll_number').notNull(),
    /** SHA-256; uniformly random, and independent of what the pass will look like (RFC 9474, section 7). */
    blindedSha256: bytea('blinded_sha256').notNull(),
  },
  (t) => [
    primaryKey({ name: 'pass_issued_pk', columns: [t.electionNo, t.rollNumber] }),
    check('pass_issued_hash', sql`octet_length(${t.blindedSha256}) = 32`),
  ],
);

/**
 * Attempts to show an access code, by roll number, whether or not the roll has it: what is there and what is
 * not must look the same. Forgotten once the time they are counted over has passed.
 */
export const identityAttempt = pgTable(
  'identity_attempt',
  {
    electionNo: integer('election_no').notNull(),
    attempts: integer('attempts').notNull(),
    since: instant('since').notNull(),
    rollNumber: text('roll_number').notNull(),
  },
  (t) => [
    primaryKey({ name: 'identity_attempt_pk', columns: [t.electionNo, t.rollNumber] }),
    // What is forgotten is found by it: whoever guesses numbers that nobody has leaves a row for each.
    index('identity_attempt_since').on(t.since),
  ],
);
