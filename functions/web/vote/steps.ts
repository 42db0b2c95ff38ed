import type { Contest, Definition } from '../../../schema/wire/definition.ts';
import type { BallotId, RegionId } from '../../../schema/wire/ids.ts';
import type { PassRequest } from '../../../schema/wire/passes.ts';
import type { VoteRequest } from '../../../schema/wire/vote.ts';
import { keepTrying } from '../api/keep-trying.ts';
import { randomBytes, toBase64url } from '../crypto/bytes.ts';
import { commitToBallot, saltBytes } from '../crypto/commitment.ts';
import { importPassKey, type Region } from '../crypto/voter-pass.ts';
import type { Notice } from './notice.ts';
import { type OpenDraw, type OpenDraws, whoAsks, whoSignsInAt } from './open-draws.ts';
import { type Provider, prepareSignIn, redeemCode, SignInError } from './sign-in.ts';
import { type Casting, type Marking, selectionsOf, type Voting } from './voting.ts';

/** Changes what is kept, in one transaction with looking at it, and shows what came of it. */
export type Change = (make: (kept: Voting | undefined) => Voting | undefined) => Promise<Voting | undefined>;

/** A request as it is kept, where it is still the one to send. */
type IsThis = (kept: Voting | undefined) => kept is Extract<Voting, { openAttempts: number }>;

/**
 * Counts an attempt before it is sent: it may be taken from now on, also if the page ends here.
 *
 * @returns whether one before it may have been
 */
export async function beginAttempt(change: Change, isThis: IsThis): Promise<boolean> {
  const next = await change((kept) =>
    isThis(kept) ? { ...kept, openAttempts: kept.openAttempts + 1 } : kept,
  );
  return !isThis(next) || next.openAttempts > 1;
}

/**
 * Takes it back, once a refusal has come.
 *
 * @param isOpen whether it may have been taken before that all the same: then it stays
 * @returns whether any attempt may have been, here or in another tab
 */
export async function endAttempt(change: Change, isThis: IsThis, isOpen: boolean): Promise<boolean> {
  const next = await change((kept) =>
    isThis(kept) && !isOpen ? { ...kept, openAttempts: kept.openAttempts - 1 } : kept,
  );
  return !isThis(next) || next.openAttempts > 0;
}

/** The address that a voter comes back to: the page's own, without what a provider puts behind it. */
export const ownAddress = (): string => `${location.origin}${location.pathname}`;

/**
 * What blinds, 14 KB compressed: it comes only when it is needed, and is asked for until it does.
 *
 * @param onFailure it did not come, and is asked for again
 */
export const loadBlinding = (onFailure?: () => void) =>
  keepTrying(() => import('../crypto/blind-pass.ts'), onFailure === undefined ? {} : { onFailure });

/** While the voter types, what is needed then comes. */
export function prefetchBlinding(): void {
  import('../crypto/blind-pass.ts').catch(() => {
    // Asked for again when it is needed.
  });
}

/** What the making of a request draws on. */
export interface Drawing {
  readonly draws: OpenDraws;
  /** A script or a provider does not answer, and is asked again. */
  readonly onFailure: () => void;
}

/** A new draw, but for who has an open one. */
async function drawFor(region: Region, open: OpenDraw | undefined, onFailure: () => void) {
  if (open !== undefined) return open;
  // The first is the current one; others are being rotated out.
  const [key] = region.passKeys;
  if (key === undefined) throw new Error(`region ${region.id} has no key`);
  const { drawPass } = await loadBlinding(onFailure);
  return { keyId: key.keyId, draw: await drawPass(await importPassKey(key.spki)) };
}

/** What asks for a pass; kept before it is sent. */
export async function makeAsking(
  region: Region,
  proof: PassRequest['proof'],
  { draws, onFailure }: Drawing,
): Promise<Voting> {
  const who = whoAsks(proof);
  const open = await draws.find(region, (one) => one === who);
  const { keyId, draw } = await drawFor(region, open, onFailure);
  const request: PassRequest = { version: 1, keyId, blindedMessage: draw.blinded, proof } as const;
  return { step: 'asking', draw, request, openAttempts: open === undefined ? 0 : 1 };
}

/**
 * @param who by `whoAsks`, where that is known already
 * @throws SignInError
 */
export async function makeSigningIn(
  region: Region,
  provider: Provider,
  { draws, onFailure }: Drawing,
  who?: string,
): Promise<{ readonly voting: Voting; readonly url: string }> {
  const beginning = whoSignsInAt(provider.issuer);
  // Whoever comes back: a draw of somebody else's is found out then.
  const open = await draws.find(region, (one) =>
    who === undefined ? one.startsWith(beginning) : one === who,
  );
  const { keyId, draw } = await drawFor(region, open, onFailure);
  const { url, login } = await keepTrying(() => prepareSignIn(provider, draw.blinded, ownAddress()), {
    onFailure,
    isHopeless: (error) => !(error instanceof SignInError && error.isUnreachable),
  });
  const drawnFor = open === undefined ? {} : { drawnFor: open.who };
  return { voting: { step: 'signing-in', region: region.id, keyId, draw, login, ...drawnFor }, url };
}

export interface SignedIn {
  readonly next: Voting | undefined;
  readonly notice: Notice | null;
  /** To sign in once more: somebody else did than the draw is for. */
  readonly goTo?: string;
}

/** What comes of a visit that begins with a sign-in: somebody who has been sent back by a provider, or who gave up. */
export async function finishSignIn(
  { identification, regions }: Definition,
  kept: Voting | undefined,
  draws: OpenDraws,
): Promise<SignedIn> {
  const query = new URLSearchParams(location.search);
  // The code is of use once, and should not stay in the history.
  if (query.size > 0) history.replaceState(null, '', ownAddress());
  if (kept?.step !== 'signing-in') return { next: kept, notice: null };
  const provider = identification?.providers.find(({ issuer }) => issuer === kept.login.issuer);
  const region = regions.find(({ id }) => id === kept.region);
  if (provider === undefined || region === undefined || query.size === 0)
    return { next: undefined, notice: null };
  try {
    const idToken = await redeemCode(provider, kept.login, query, ownAddress());
    const proof = { type: 'oidc', idToken } as const;
    const who = whoAsks(proof);
    if (kept.drawnFor !== undefined && kept.drawnFor !== who) {
      const { voting, url } = await makeSigningIn(region, provider, { draws, onFailure: () => {} }, who);
      return { next: voting, notice: null, goTo: url };
    }
    const { keyId, draw, drawnFor } = kept;
    const request: PassRequest = { version: 1, keyId, blindedMessage: draw.blinded, proof } as const;
    const openAttempts = drawnFor === undefined ? 0 : 1;
    return { next: { step: 'asking', draw, request, openAttempts }, notice: null };
  } catch {
    return { next: undefined, notice: { sentence: 'signInFailed' } };
  }
}

/** The one request of this ballot: id, salt and all. */
export async function makeCasting(
  definition: Definition,
  marking: Marking,
  contests: readonly Contest[],
): Promise<Casting> {
  const ballotId = crypto.randomUUID() as BallotId;
  const salt = randomBytes(saltBytes);
  const selections = selectionsOf(marking.marks, contests);
  const request: VoteRequest = {
    version: 1,
    ballotId,
    region: marking.region as RegionId,
    channel: 'browser',
    pass: marking.pass,
    commitment: await commitToBallot(definition.election, ballotId, selections, salt),
    selections,
  };
  return { step: 'casting', request, salt: toBase64url(salt), openAttempts: 0 };
}
