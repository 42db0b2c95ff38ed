import * as z from 'zod';
import { electionIdSchema, keyIdSchema, kioskIdSchema, regionIdSchema, stationIdSchema } from './ids.ts';

/**
 * `authorization: Kiosk <credential>~<token>`, two JSON Web Tokens (RFC 7519) in compact form. The election
 * office signs the credential once, when it registers the kiosk; the kiosk signs a token every few
 * minutes. So the edge needs no register of kiosks: 100,000 stations would be some 45 MB in each of
 * 27,500 environments.
 */
export const kioskScheme = 'Kiosk ';

const secondsSchema = z.int().min(0).max(253_402_300_799);

/** Ed25519, by a key in the definition's `kioskKeys`. */
export const credentialHeaderSchema = z.strictObject({
  alg: z.literal('EdDSA'),
  typ: z.literal('ballotstream-kiosk+jwt'),
  kid: keyIdSchema,
});

/** That the holder of `key` is the kiosk of this station. */
export const credentialClaimsSchema = z.strictObject({
  election: electionIdSchema,
  region: regionIdSchema,
  station: stationIdSchema,
  /** P-256 public key: SPKI, DER, base64url (91 bytes). */
  key: z.string().regex(/^[A-Za-z0-9_-]{122}$/),
  iat: secondsSchema,
  exp: secondsSchema,
});
export type CredentialClaims = z.infer<typeof credentialClaimsSchema>;

/** ES256, by the kiosk's own key. */
export const tokenHeaderSchema = z.strictObject({
  alg: z.literal('ES256'),
  typ: z.literal('ballotstream-cast+jwt'),
  kid: kioskIdSchema,
});

export const tokenClaimsSchema = z.strictObject({
  aud: electionIdSchema,
  iat: secondsSchema,
  /** At most `kioskTokenSecondsMax` after `iat`. */
  exp: secondsSchema,
  /** SHA-256 of the request's body, base64url: needed where a vote in it states its cast time. */
  body: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .optional(),
});
export type TokenClaims = z.infer<typeof tokenClaimsSchema>;
