/**
 * The header in which a client that casts one vote says with which pass, by a short hash of it. What stands before
 * ingest cannot count by something inside a body (AWS WAF aggregates by header, not by a member of JSON): with it every
 * pass has a limit of its own. Whoever leaves it out shares a far lower one (`lib/edge-limits.ts`). One that is not the
 * pass's is refused, so that nobody gets round the limit with a made-up one; another's, whose limit it would use up, is as
 * hard to guess as the pass. It leads back to no pass, and to no voter key.
 *
 * The first 12 bytes, base64url, of SHA-256 over `passFingerprintContext` and the pass as it stands in the body.
 */
export const passFingerprintHeader = 'pass-fingerprint';
export const passFingerprintContext = 'ballotstream/pass-fingerprint/v1\0';
export const passFingerprintChars = 16;

/** A regular expression over the whole header. Every 16 characters are 12 bytes, and written in one way only. */
export const passFingerprintPattern = `^[A-Za-z0-9_-]{${passFingerprintChars}}$`;
