import * as z from 'zod';

/**
 * An election's id: lower case, digits and hyphens, so that it reads well in a URL, an object key
 * and a metric dimension.
 */
export const electionIdSchema = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, 'must be 1 to 64 of a-z, 0-9 and hyphens between')
  .brand<'ElectionId'>();
export type ElectionId = z.infer<typeof electionIdSchema>;

/** Ids inside a definition: regions, stations, ballot styles, contests, choices. */
const localId = z
  .string()
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/,
    'must be 1 to 64 of letters, digits and . _ - between',
  );

export const regionIdSchema = localId.brand<'RegionId'>();
export type RegionId = z.infer<typeof regionIdSchema>;

export const stationIdSchema = localId.brand<'StationId'>();
export type StationId = z.infer<typeof stationIdSchema>;

export const ballotStyleIdSchema = localId.brand<'BallotStyleId'>();
export type BallotStyleId = z.infer<typeof ballotStyleIdSchema>;

export const contestIdSchema = localId.brand<'ContestId'>();
export type ContestId = z.infer<typeof contestIdSchema>;

export const choiceIdSchema = localId.brand<'ChoiceId'>();
export type ChoiceId = z.infer<typeof choiceIdSchema>;

const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A ballot's id: a UUID chosen by the client; upper case is folded so that a retry compares equal. */
export const ballotIdSchema = z
  .string()
  .max(36)
  .toLowerCase()
  .regex(uuidShape, 'must be a UUID')
  .brand<'BallotId'>();
export type BallotId = z.infer<typeof ballotIdSchema>;

/** A voter key: 16 bytes written like a UUID, which is the 16-byte type PostgreSQL compares fastest. */
export const voterKeySchema = z
  .string()
  .regex(uuidShape, 'must be 16 bytes written as a UUID')
  .brand<'VoterKey'>();
export type VoterKey = z.infer<typeof voterKeySchema>;

/** 32 bytes, base64url: voter key, then ballot id. */
export const receiptIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/, 'must be 43 characters of base64url')
  .brand<'ReceiptId'>();
export type ReceiptId = z.infer<typeof receiptIdSchema>;

export const channelSchema = z.enum(['browser', 'kiosk']);
export type Channel = z.infer<typeof channelSchema>;
export const channels: readonly Channel[] = channelSchema.options;

/** An instant, ISO 8601 in UTC: `2020-11-03T14:00:00Z`. Four digits of year: all that PostgreSQL and Intl write alike. */
export const instantSchema = z.iso
  .datetime({ offset: false })
  .regex(/^[1-9]/, 'must be of the year 1000 or later');

/** A key's id: the first 16 bytes of SHA-256 over its SPKI, so that no key goes by another's name. */
export const keyIdSchema = z.string().regex(/^[A-Za-z0-9_-]{22}$/, 'must be 22 characters of base64url');

/** A kiosk's id is its key's. */
export const kioskIdSchema = keyIdSchema.brand<'KioskId'>();
export type KioskId = z.infer<typeof kioskIdSchema>;

/** 32 bytes, base64url: what the voter's device commits to; see `functions/core/commitment.ts`. */
export const commitmentSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}$/, 'must be 43 characters of base64url')
  .brand<'Commitment'>();
export type Commitment = z.infer<typeof commitmentSchema>;
