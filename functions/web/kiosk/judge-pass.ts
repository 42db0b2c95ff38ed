import { toBase64url } from '../crypto/bytes.ts';
import { parsePass, type VoterPass, verifyPass, voterKeyOf } from '../crypto/voter-pass.ts';
import type { KioskStore, Pairing } from './kiosk-store.ts';
import { isOpen } from './make-vote.ts';

/** Why nobody votes with it here, now. */
export type PassFault = 'not-open' | 'not-a-pass' | 'bad-pass' | 'elsewhere' | 'used';

export type JudgedPass =
  | { readonly ok: true; readonly pass: VoterPass; readonly voterKey: string }
  | { readonly ok: false; readonly fault: PassFault };

/**
 * Whether a vote with this pass would count, as far as this device knows: by the definition alone, no network is needed.
 * Before the ballot is shown, and once more before it is kept.
 */
export async function judgePass(
  text: string,
  { definition, region }: Pairing,
  store: Pick<KioskStore, 'isUsed'>,
  nowMs: number,
): Promise<JudgedPass> {
  const fail = (fault: PassFault): JudgedPass => ({ ok: false, fault });
  if (!isOpen(definition, nowMs)) return fail('not-open');
  const pass = parsePass(text);
  if (pass === null) return fail('not-a-pass');
  const found = await verifyPass(definition, pass);
  if (found === null) return fail('bad-pass');
  if (found.id !== region) return fail('elsewhere');
  const voterKey = toBase64url(await voterKeyOf(definition.election, pass));
  return (await store.isUsed(voterKey)) ? fail('used') : { ok: true, pass, voterKey };
}
