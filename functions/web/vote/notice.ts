import type { Answer } from '../api/ask.ts';
import type { VoteSpeech } from './ballot-page.tsx';
import type { VoteMessages } from './messages-en.ts';

type Sentence = {
  [Key in keyof VoteMessages]: VoteMessages[Key] extends string ? Key : never;
}[keyof VoteMessages];

/**
 * What a step has to say, by name and not in words: the words follow when the language changes. A sentence, a code of
 * the API that has none, or from when on (ms) there is another chance.
 */
export type Notice =
  | { readonly sentence: Sentence }
  | { readonly code: string }
  | { readonly tryAgainAtMs: number };

export function noticeText(notice: Notice, { messages, formats }: VoteSpeech, timeZone: string): string {
  if ('sentence' in notice) return messages[notice.sentence];
  if ('code' in notice) return messages.refused(notice.code);
  return messages.tooManyAttempts(formats.time(notice.tryAgainAtMs, timeZone));
}

const sentences: Readonly<Record<string, Sentence>> = {
  'bad-credentials': 'badCredentials',
  'pass-already-issued': 'alreadyIssued',
  'wrong-region': 'wrongRegion',
  'unknown-pass-key': 'keyReplaced',
  'not-yet-open': 'notYetOpen',
  closed: 'closedNow',
  'bad-pass': 'badPass',
};

export function noticeOf(code: string | null): Notice {
  const sentence = sentences[code ?? ''];
  return sentence === undefined ? { code: code ?? '?' } : { sentence };
}

/** A minute where the answer does not say how long. */
const retryMsDefault = 60_000;

export function noticeOfAnswer(
  { code, status, retryAfterMs }: Extract<Answer<never>, { kind: 'problem' }>,
  nowMs: number,
): Notice {
  return status === 429 ? { tryAgainAtMs: nowMs + (retryAfterMs ?? retryMsDefault) } : noticeOf(code);
}

/** How it looks: what was wanted is no trouble. */
export const toneOf = (notice: Notice): 'good' | 'bad' =>
  'sentence' in notice && (notice.sentence === 'carried' || notice.sentence === 'cleared') ? 'good' : 'bad';
