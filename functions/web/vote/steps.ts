import type { Contest, Definition } from '../../../schema/wire/definition.ts';
import type { BallotId, RegionId } from '../../../schema/wire/ids.ts';
import type { PassRequest } from '../../../schema/wire/passes.ts';
import type { VoteRequest } from '../../../schema/wire/vote.ts';
import { randomBytes, toBase64url } from '../crypto/bytes.ts';
import { commitToBallot, saltBytes } from '../crypto/commitment.ts';
import { importPassKey, type Region } from '../crypto/voter-pass.ts';
import type { VoteMessages } from './messages-en.ts';
import { type Provider, prepareSignIn, redeemCode } from './sign-in.ts';
import { type Casting, type Marking, selectionsOf, type Voting } from './voting.ts';

/** Changes what is kept, in one transaction with looking at it, and shows what came of it. */
export type Change = (make: (kept: Voting | undefined) => Voting | undefined) => Promise<Voting | undefined>;

type Sentence = {
  [Key in keyof VoteMessages]: VoteMessages[Key] extends string ? Key : never;
}[keyof VoteMessages];

/** A sentence of the messages, or a code of the API that has none. */
export type Notice = { readonly sentence: Sentence } | { readonly code: string };

export const noticeText = (notice: Notice, messages: VoteMessages): string =>
  'sentence' in notice ? messages[notice.sentence] : messages.refused(notice.code);

const sentences: Readonly<Record<string, Sentence>> = {
  'bad-credentials': 'badCredentials',
  'pass-already-issued': 'alreadyIssued',
  'wrong-region': 'wrongRegion',
  'not-yet-open': 'notYetOpen',
  closed: 'closedNow',
  'bad-pass': 'badPass',
};

export function noticeOf(code: string | null): Notice {
  const sentence = sentences[code ?? ''];
  return sentence === undefined ? { code: code ?? '?' } : { sentence };
}

/** The address that a voter comes back to: the page's own, without what a provider puts behind it. */
export const ownAddress = (): string => `${location.origin}${location.pathname}`;

/** Draws a pass for a region: the library that blinds comes only now. */
export async function drawFor(region: Region) {
  // The first is the current one; others are being rotated out.
  const [key] = region.passKeys;
  if (key === undefined) throw new Error(`region ${region.id} has no key`);
  const { drawPass } = await import('../crypto/blind-pass.ts');
  return { keyId: key.keyId, draw: await drawPass(await importPassKey(key.spki)) };
}

/** What asks for a pass; kept before it is sent. */
export async function makeAsking(region: Region, proof: PassRequest['proof']): Promise<Voting> {
  const { keyId, draw } = await drawFor(region);
  return { step: 'asking', draw, request: { version: 1, keyId, blindedMessage: draw.blinded, proof } };
}

/** @throws SignInError */
export async function makeSigningIn(
  region: Region,
  provider: Provider,
): Promise<{ readonly voting: Voting; readonly url: string }> {
  const { keyId, draw } = await drawFor(region);
  const { url, login } = await prepareSignIn(provider, draw.blinded, ownAddress());
  return { voting: { step: 'signing-in', region: region.id, keyId, draw, login }, url };
}

/** What comes of a visit that begins with a sign-in: somebody who has been sent back by a provider, or who gave up. */
export async function finishSignIn(
  { identification }: Definition,
  kept: Voting | undefined,
): Promise<{ readonly next: Voting | undefined; readonly notice: Notice | null }> {
  const query = new URLSearchParams(location.search);
  // The code is of use once, and should not stay in the history.
  if (query.size > 0) history.replaceState(null, '', ownAddress());
  if (kept?.step !== 'signing-in') return { next: kept, notice: null };
  const provider = identification?.providers.find(({ issuer }) => issuer === kept.login.issuer);
  if (provider === undefined || query.size === 0) return { next: undefined, notice: null };
  try {
    const idToken = await redeemCode(provider, kept.login, query, ownAddress());
    const request: PassRequest = {
      version: 1,
      keyId: kept.keyId,
      blindedMessage: kept.draw.blinded,
      proof: { type: 'oidc', idToken },
    };
    return { next: { step: 'asking', draw: kept.draw, request }, notice: null };
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
  return { step: 'casting', request, salt: toBase64url(salt) };
}
