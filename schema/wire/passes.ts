import * as z from 'zod';
import { keyIdSchema, regionIdSchema } from './ids.ts';
import { accessCodeCharsMax, idTokenCharsMax, rollNumberCharsMax } from './limits.ts';

/** 256 bytes, base64url: RSA-2048. */
const rsaBlockSchema = z.string().regex(/^[A-Za-z0-9_-]{342}$/, 'must be 342 characters of base64url');

/** A voter's number on the roll, as printed on the voting card. */
export const rollNumberSchema = z
  .string()
  .max(rollNumberCharsMax)
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9./-]*[A-Za-z0-9])?$/, 'must be letters, digits and . / - between')
  .brand<'RollNumber'>();
export type RollNumber = z.infer<typeof rollNumberSchema>;

/** Proof of who somebody is; it goes to the issuer, never to ingest. */
const identityProofSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('access-code'),
    rollNumber: rollNumberSchema,
    accessCode: z.string().min(1).max(accessCodeCharsMax),
  }),
  z.strictObject({
    type: z.literal('oidc'),
    idToken: z
      .string()
      .min(1)
      .max(idTokenCharsMax)
      .describe(
        'Its `nonce` is the SHA-256 of the blinded message, base64url: a stolen token is good for no other.',
      ),
  }),
]);

/** `POST /v1/elections/{election}/passes` */
export const passRequestSchema = z.strictObject({
  version: z.literal(1),
  keyId: keyIdSchema.describe('Of the region on whose roll the voter is: `passKeys` in the definition.'),
  blindedMessage: rsaBlockSchema.describe('RFC 9474, Blind. Repeat it when you retry.'),
  proof: identityProofSchema,
});
export type PassRequest = z.infer<typeof passRequestSchema>;

export const passResponseSchema = z.strictObject({
  region: regionIdSchema,
  keyId: keyIdSchema,
  blindSignature: rsaBlockSchema.describe('RFC 9474, BlindSign. Finalize makes the pass of it.'),
});
export type PassResponse = z.infer<typeof passResponseSchema>;
