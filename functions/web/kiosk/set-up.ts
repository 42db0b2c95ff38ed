import type { Pairing } from './kiosk-store.ts';

/** Why a kiosk stays as it is. */
export type SetupFault = 'needs-credential' | 'votes-wait' | 'not-kept';

/**
 * Whether a kiosk that is set up may be set up like this: a voter who gets that far must not be able to, and no vote
 * may be left behind.
 *
 * @param current undefined: it is the first time
 * @param waiting votes that have not gone: they go out under the new credential, which says where they count
 */
export function findSetupFault(
  current: Pairing | undefined,
  next: Pairing,
  waiting: number,
): SetupFault | null {
  if (current === undefined) return null;
  if (current.credential !== null && next.credential === null) return 'needs-credential';
  return waiting === 0 || isSamePlace(current, next) ? null : 'votes-wait';
}

const isSamePlace = (one: Pairing, other: Pairing): boolean =>
  one.definition.election === other.definition.election &&
  one.region === other.region &&
  one.station === other.station;
