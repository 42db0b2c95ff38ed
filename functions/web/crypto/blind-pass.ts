import { RSABSSA } from '@cloudflare/blindrsa-ts';
import { type Bytes, fromBase64, randomBytes, toBase64url } from './bytes.ts';
import { formatPass } from './voter-pass.ts';

/** RFC 9474; the serial is what the issuer never sees. */
const suite = RSABSSA.SHA384.PSS.Randomized();
const serialBytes = 32;

/** A pass that nobody has signed yet. All base64url; with `message` and `inverse` the issuer could know the voter's ballot. */
export interface Draw {
  readonly message: string;
  readonly inverse: string;
  readonly blinded: string;
}

/** Some 25 ms on a laptop, half a second on a cheap phone; it blocks. */
export async function drawPass(key: CryptoKey): Promise<Draw> {
  const message = suite.prepare(randomBytes(serialBytes));
  const { blindedMsg, inv } = await suite.blind(key, message);
  return {
    message: toBase64url(message),
    inverse: toBase64url(inv),
    blinded: toBase64url(blindedMsg),
  };
}

/** @throws Error for a signature that is not the issuer's over this draw */
export async function finalisePass(
  key: CryptoKey,
  keyId: string,
  draw: Draw,
  blindSignature: string,
): Promise<string> {
  const message = fromBase64(draw.message);
  const signature = await suite.finalize(key, message, fromBase64(blindSignature), fromBase64(draw.inverse));
  return formatPass({ keyId, message, signature: signature as Bytes });
}
