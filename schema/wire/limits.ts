/**
 * Every limit on what comes in, named once. Ingest refuses what is over a limit; the writer
 * checks the same limits again, since it trusts nothing that the stream hands it.
 */

/** One vote request, bytes. A ballot of 120 contests with two choices each is about 9 KiB. */
export const voteBodyBytesMax = 16 * 1024;

/** A kiosk's batch, bytes: what an ALB passes to a Lambda target (capacity-facts: 1 MB, S). */
export const batchBodyBytesMax = 1024 * 1024;

/** Votes in one kiosk batch: the most that one `PutRecords` call takes. */
export const batchVotesMax = 500;

/** Contests that one ballot can answer. */
export const contestsPerBallotMax = 200;

/** Choices that one contest can list, and that a voter can mark in it. */
export const choicesPerContestMax = 500;

/** Contests in one definition: a national event with every local contest of 51 states fits. */
export const contestsPerElectionMax = 50_000;

export const regionsPerElectionMax = 5_000;
export const stationsPerRegionMax = 20_000;
export const ballotStylesPerElectionMax = 20_000;

/** Beyond that, results would say nothing of most stations. */
export const suppressBelowBallotsMax = 10_000;

/** Keys of one region at a time: the current one and those being rotated in or out. */
export const passKeysPerRegionMax = 8;

/** Characters of a pass: 22 (key id) + 86 (message) + 342 (signature) + 2 dots. */
export const passCharsMax = 452;

/** How far a kiosk's clock may run ahead of ours before its cast time is refused. */
export const castClockSkewMsMax = 5 * 60 * 1000;

/** A stream record, bytes. Kinesis takes 1 MiB (10 MiB raised); a vote of 16 KiB never gets near. */
export const recordBytesMax = 64 * 1024;

/** Keys that sign receipts, and keys that sign kiosk credentials: current ones and those being rotated. */
export const receiptKeysMax = 8;
export const kioskKeysMax = 8;

/** Keys that kiosks encrypt votes to the election office with: the current one first. */
export const officeKeysMax = 8;

/** Votes in one file that a kiosk saves: more than a station has voters, on 64 MiB. */
export const kioskFileVotesMax = 20_000;
export const kioskFileBytesMax = 64 * 1024 * 1024;

/** Origins whose pages may call the API from a browser. */
export const originsMax = 20;

/** OIDC providers that one election trusts. */
export const identityProvidersMax = 8;

/** An `Authorization` header of a kiosk: credential and token are about 500 and 350 characters. */
export const kioskAuthorizationCharsMax = 2_048;

/** Longest life of a kiosk's token, seconds. It is what a stolen one is good for. */
export const kioskTokenSecondsMax = 300;

/** Kiosks of one election that are revoked before their credentials end. */
export const revokedKiosksMax = 100_000;

/** A request for a pass, bytes: 342 characters of blinded message, and an ID token of at most 8,000. */
export const passRequestBytesMax = 10 * 1024;
export const idTokenCharsMax = 8_000;
export const rollNumberCharsMax = 64;
export const accessCodeCharsMax = 64;
