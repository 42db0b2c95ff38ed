import * as z from 'zod';
import { ballotIdSchema, electionIdSchema } from './ids.ts';
import { kioskAuthorizationCharsMax, kioskFileBytesMax, kioskFileVotesMax } from './limits.ts';

/**
 * Votes that no line has carried, as a kiosk saves them for the election office. Signed like a batch that it sends,
 * and readable by the office alone.
 */
export const kioskFileSchema = z.strictObject({
  schema: z.literal('ballotstream/kiosk-file/1'),
  election: electionIdSchema,
  /** `Kiosk <credential>~<token>`, the token over the text of `sealed`, `iat` the time of saving: see `kiosk.ts`. */
  authorization: z.string().max(kioskAuthorizationCharsMax),
  /**
   * JSON Web Encryption (RFC 7516), compact: `RSA-OAEP-256` to a key of the definition's `officeKeys`, named by `kid`,
   * and `A256GCM`, over `kioskFileContentsSchema` as JSON.
   */
  sealed: z.string().max(kioskFileBytesMax),
});
export type KioskFile = z.infer<typeof kioskFileSchema>;

export const kioskFileContentsSchema = z.strictObject({
  /** Each as the kiosk sends it, to be parsed one by one: a bad one costs only itself. In the order of ballot ids. */
  votes: z.array(z.unknown()).min(1).max(kioskFileVotesMax),
  /** Of those that the service has refused for good: why, in the API's words. */
  refused: z.record(ballotIdSchema, z.string().max(100)),
});
export type KioskFileContents = z.infer<typeof kioskFileContentsSchema>;
