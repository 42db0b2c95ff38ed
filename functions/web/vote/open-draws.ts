import type { Definition } from '../../../schema/wire/definition.ts';
import type { PassRequest } from '../../../schema/wire/passes.ts';
import type { Draw } from '../crypto/blind-pass.ts';
import { fromBase64 } from '../crypto/bytes.ts';
import type { Region } from '../crypto/voter-pass.ts';
import type { DeviceStore } from '../store/device-store.ts';

/**
 * A draw that may have become a pass without an answer saying so. The issuer signs one message a voter: only this one
 * gets that pass, and for another voter it would be two passes that are one.
 */
export interface OpenDraw {
  readonly keyId: string;
  readonly draw: Draw;
  /** See `whoAsks`. */
  readonly who: string;
}

/** The open draws of one election, kept on the device beside where its voter is. */
export interface OpenDraws {
  /** One that a key of this region signs, of somebody who fits. */
  find(region: Region, fits: (who: string) => boolean): Promise<OpenDraw | undefined>;
  keep(draw: OpenDraw): Promise<void>;
  drop(draw: OpenDraw): Promise<void>;
}

/** How long after the close nobody asks any more. */
const keptMs = 24 * 3_600_000;

export async function openOpenDraws(
  store: DeviceStore,
  { election, closesAt }: Definition,
  nowMs: number,
): Promise<OpenDraws> {
  const key = `draws/${election}`;
  const others = (kept: readonly OpenDraw[] | undefined, { draw }: OpenDraw) =>
    (kept ?? []).filter((one) => one.draw.blinded !== draw.blinded);
  if (nowMs > Date.parse(closesAt) + keptMs) await store.update(key, () => undefined);
  return {
    async find({ passKeys }, fits) {
      const kept = (await store.get<readonly OpenDraw[]>(key)) ?? [];
      return kept.find(({ keyId, who }) => fits(who) && passKeys.some((one) => one.keyId === keyId));
    },
    async keep(draw) {
      await store.update<readonly OpenDraw[]>(key, (kept) => [...others(kept, draw), draw]);
    },
    async drop(draw) {
      await store.update<readonly OpenDraw[]>(key, (kept) => {
        const left = others(kept, draw);
        return left.length === 0 ? undefined : left;
      });
    },
  };
}

/** Who a request for a pass is for, as far as it says itself: good for telling people apart, and for nothing else. */
export function whoAsks(proof: PassRequest['proof']): string {
  if (proof.type === 'access-code') return `roll ${proof.rollNumber}`;
  const [, claims = ''] = proof.idToken.split('.');
  const { iss, sub } = JSON.parse(new TextDecoder().decode(fromBase64(claims))) as Record<string, unknown>;
  return `${whoSignsInAt(String(iss))}${String(sub)}`;
}

/** How everybody begins who signs in with one provider. */
export const whoSignsInAt = (issuer: string): string => `sign-in ${issuer} `;
