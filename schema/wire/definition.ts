import * as z from 'zod';
import {
  ballotStyleIdSchema,
  channelSchema,
  choiceIdSchema,
  contestIdSchema,
  electionIdSchema,
  instantSchema,
  keyIdSchema,
  kioskIdSchema,
  regionIdSchema,
  stationIdSchema,
} from './ids.ts';
import {
  ballotStylesPerElectionMax,
  choicesPerContestMax,
  contestsPerBallotMax,
  contestsPerElectionMax,
  identityProvidersMax,
  kioskKeysMax,
  officeKeysMax,
  originsMax,
  passKeysPerRegionMax,
  receiptKeysMax,
  regionsPerElectionMax,
  revokedKiosksMax,
  stationsPerRegionMax,
  suppressBelowBallotsMax,
} from './limits.ts';

/** No control characters and no half surrogates: PostgreSQL takes neither, and the count would stand still. */
const nameSchema = z
  .string()
  .min(1)
  .max(300)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must hold no control characters');
const votersSchema = z.int().min(0).max(2_000_000_000);

export const choiceSchema = z.strictObject({
  id: choiceIdSchema,
  name: nameSchema,
  party: nameSchema.optional(),
});

/** A contest allows up to `maxSelections` choices; fewer is an undervote. */
export const contestSchema = z.strictObject({
  id: contestIdSchema,
  name: nameSchema,
  maxSelections: z.int().min(1).max(choicesPerContestMax),
  choices: z.array(choiceSchema).min(1).max(choicesPerContestMax),
});
export type Contest = z.infer<typeof contestSchema>;

/** The contests that the ballots of a station carry, in ballot order. */
export const ballotStyleSchema = z.strictObject({
  id: ballotStyleIdSchema,
  contests: z.array(contestIdSchema).min(1).max(contestsPerBallotMax),
});

export const stationSchema = z.strictObject({
  id: stationIdSchema,
  name: nameSchema,
  ballotStyle: ballotStyleIdSchema,
  registeredVoters: votersSchema.optional(),
});

/** Half of RFC 9474's key pair: who holds the other half can issue passes for this region. */
export const passKeySchema = z.strictObject({
  keyId: keyIdSchema,
  /** RSA-2048 public key: SPKI, DER, base64. */
  spki: z.base64().max(1_000),
});

/** An Ed25519 public key: SPKI, DER, base64 (44 bytes). */
export const signingKeySchema = z.strictObject({ keyId: keyIdSchema, spki: z.base64().length(60) });

/** An RSA-3072 public key: SPKI, DER, base64 (422 bytes). */
export const officeKeySchema = z.strictObject({ keyId: keyIdSchema, spki: z.base64().length(564) });

/** Who may say who a voter is. */
export const identificationSchema = z.strictObject({
  /**
   * Roll number and access code, both on the voter roll. `random`: codes of 64 bits and more, drawn by a
   * machine; `chosen`: anything shorter, or made by people. Left out: not that way.
   */
  accessCodes: z.enum(['random', 'chosen']).optional(),
  /** OpenID Connect providers, each by its issuer URL; the subject is on the voter roll. */
  providers: z
    .array(
      z.strictObject({
        issuer: z.url({ protocol: /^https?$/ }).max(500),
        audience: z.string().min(1).max(200),
        jwksUri: z.url({ protocol: /^https?$/ }).max(500),
      }),
    )
    .max(identityProvidersMax),
});

/** `https://vote.example.org`, as browsers write it in `Origin`. */
const originSchema = z
  .string()
  .max(300)
  .regex(/^https?:\/\/[a-z0-9.-]+(?::\d{1,5})?$/, 'must be an origin like https://vote.example.org');

export const regionSchema = z.strictObject({
  id: regionIdSchema,
  name: nameSchema,
  registeredVoters: votersSchema.optional(),
  passKeys: z.array(passKeySchema).min(1).max(passKeysPerRegionMax),
  stations: z.array(stationSchema).min(1).max(stationsPerRegionMax),
});

/** What a vote through this channel may say of itself. Without it, ingest decides. */
export const channelRulesSchema = z.strictObject({
  channel: channelSchema,
  mayNameStation: z.boolean(),
  mayStateCastTime: z.boolean(),
});

/**
 * An election as published: immutable, versioned, public. All that ingest and the writer know of an
 * election is in here.
 */
export const definitionSchema = z.strictObject({
  schema: z.literal('ballotstream/definition/1'),
  election: electionIdSchema,
  /** Counts up by one with each publication. */
  version: z.int().min(1).max(1_000_000),
  name: nameSchema,
  /** IANA time zone in which the days of this election begin. */
  timeZone: z.string().min(1).max(64),
  opensAt: instantSchema,
  closesAt: instantSchema,
  /** How long after closing a kiosk may still deliver what was cast in time, seconds. */
  graceSeconds: z
    .int()
    .min(0)
    .max(7 * 24 * 3600),
  resultsVisibility: z.enum(['live', 'after-close']),
  /** What the officials say of the count; only they can say more than `unofficial`. */
  resultsStatus: z.enum(['unofficial', 'complete', 'certified']),
  /**
   * Fewest ballots whose votes in one contest may be published as a number of their own. With it, results say how
   * many voted, and how they voted only once the count is complete and where so many ballots stand behind a number,
   * by subtraction too. None: everything is published as it is counted.
   */
  suppressForPrivacyBelowBallots: z.int().min(2).max(suppressBelowBallotsMax).optional(),
  channels: z.array(channelRulesSchema).min(1).max(2),
  /** The first one signs receipts, the others did before. None: receipts are not signed. */
  receiptKeys: z.array(signingKeySchema).max(receiptKeysMax).optional(),
  /**
   * Keys that sign the credentials of kiosks. With one, every kiosk has to show who it is; with none, the
   * channel's rules decide alone: for tests and demonstrations.
   */
  kioskKeys: z.array(signingKeySchema).max(kioskKeysMax).optional(),
  /** What kiosks encrypt votes with that no line has carried, for the election office: the first one. None: no such file. */
  officeKeys: z.array(officeKeySchema).max(officeKeysMax).optional(),
  /** None: no passes are issued here. */
  identification: identificationSchema.optional(),
  /** Whose pages may call the API from a browser, beside pages of the same origin. */
  origins: z.array(originSchema).max(originsMax).optional(),
  ballotStyles: z.array(ballotStyleSchema).min(1).max(ballotStylesPerElectionMax),
  contests: z.array(contestSchema).min(1).max(contestsPerElectionMax),
  regions: z.array(regionSchema).min(1).max(regionsPerElectionMax),
});
export type Definition = z.infer<typeof definitionSchema>;

/** The region's station for votes cast from home; every region has one. */
export const onlineStationId = stationIdSchema.parse('online');

/** Where the newest version of a definition is named; the only object about an election that changes. */
export const definitionPointerSchema = z.strictObject({
  version: definitionSchema.shape.version,
  /** The newest list of revoked kiosks; none was ever revoked when it is left out. */
  kioskRevocations: z.int().min(1).max(1_000_000).optional(),
});

/** `elections/<id>/revoked-kiosks-<n>.json`: immutable like a definition, and whole: not only what was added. */
export const kioskRevocationsSchema = z.strictObject({
  schema: z.literal('ballotstream/kiosk-revocations/1'),
  election: electionIdSchema,
  version: z.int().min(1).max(1_000_000),
  kiosks: z.array(kioskIdSchema).max(revokedKiosksMax),
});
