import * as z from 'zod';
import { instantSchema } from './ids.ts';

/**
 * Everything that is refused, by code. The code is stable: clients and tests depend on it, the
 * words may change. `todo` says what the client should do; every problem carries it.
 */
export const problems = {
  'invalid-utf8': {
    status: 400,
    title: 'The body is not valid UTF-8',
    todo: 'Encode the JSON body as UTF-8.',
  },
  'malformed-json': { status: 400, title: 'The body is not JSON', todo: 'Send one JSON object.' },
  'invalid-request': {
    status: 400,
    title: 'The request does not follow its schema',
    todo: 'Compare it with /openapi.json.',
  },
  'invalid-query': {
    status: 400,
    title: 'The query does not follow its schema',
    todo: 'Compare it with /openapi.json.',
  },
  'fingerprint-mismatch': {
    status: 400,
    title: 'The pass fingerprint is not that of the pass',
    todo: 'Make `pass-fingerprint` of the pass in the body as /openapi.json says, or leave it out.',
  },
  'bad-pass': {
    status: 401,
    title: 'The voter pass is not valid here',
    todo: 'Use the pass issued to you for this election, unchanged.',
  },
  'kiosk-token-required': {
    status: 401,
    title: 'A vote through this channel comes from a registered kiosk',
    todo: 'Send `authorization: Kiosk credential~token`.',
  },
  'bad-kiosk-token': {
    status: 401,
    title: 'The kiosk token is not valid here',
    todo: 'Make a fresh token with the key that was registered; check the clock of the kiosk.',
  },
  'cast-time-not-signed': {
    status: 401,
    title: 'The cast time is not signed',
    todo: 'Put the SHA-256 of the body into the token as `body`.',
  },
  'bad-credentials': {
    status: 401,
    title: 'These credentials are not right',
    todo: 'Check what stands on your voting card, or sign in again.',
  },
  'kiosk-revoked': {
    status: 403,
    title: 'This kiosk has been taken out of service',
    todo: 'Ask the election office; votes that wait in it are not lost.',
  },
  'not-yet-open': {
    status: 403,
    title: 'Voting has not begun',
    todo: 'Cast the vote after the opening time.',
  },
  closed: { status: 403, title: 'Voting has ended', todo: 'The vote cannot be taken any more.' },
  'wrong-region': {
    status: 403,
    title: 'The pass is for another region',
    todo: 'Name the region that the pass was issued for.',
  },
  'channel-not-allowed': {
    status: 403,
    title: 'This election does not take votes this way',
    todo: 'Use a channel that the definition lists.',
  },
  'station-not-allowed': {
    status: 403,
    title: 'This channel may not name a station',
    todo: 'Leave out `station`.',
  },
  'cast-time-not-allowed': {
    status: 403,
    title: 'This channel may not state a cast time',
    todo: 'Leave out `castAt`.',
  },
  'results-not-public': {
    status: 403,
    title: 'Results are published after voting has ended',
    todo: 'Ask again after the closing time.',
  },
  'not-found': {
    status: 404,
    title: 'There is nothing at this address',
    todo: 'See /openapi.json for what there is.',
  },
  'unknown-election': { status: 404, title: 'There is no such election', todo: 'Check the election id.' },
  'unknown-region': {
    status: 404,
    title: 'There is no such region',
    todo: 'Check the region id against the definition.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This address does not take that method',
    todo: 'Use a method named in `Allow`.',
  },
  'pass-already-issued': {
    status: 409,
    title: 'Your pass has been issued already',
    todo: 'Use it on the device that asked for it; the election office can help if it is lost.',
  },
  'unknown-pass-key': {
    status: 409,
    title: 'No passes are signed with this key',
    todo: 'Load the definition again, the page with it, and ask with the region’s first key: this one may have been withdrawn.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    todo: 'Send at most what /openapi.json allows.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body is not declared as JSON',
    todo: 'Send `content-type: application/json` and no content-encoding.',
  },
  'station-required': {
    status: 422,
    title: 'A vote through this channel names its station',
    todo: 'Name the station in `station`.',
  },
  'unknown-station': {
    status: 422,
    title: 'The region has no such station',
    todo: 'Check the station id against the definition.',
  },
  'cast-time-out-of-window': {
    status: 422,
    title: 'The cast time is not within the voting time',
    todo: 'Check the clock of the device.',
  },
  'unknown-contest': {
    status: 422,
    title: 'There is no such contest',
    todo: 'Check the contest id against the definition.',
  },
  'contest-not-on-ballot': {
    status: 422,
    title: 'The contest is not on this ballot',
    todo: "Answer the contests of the station's ballot style.",
  },
  'contest-twice': { status: 422, title: 'A contest is answered twice', todo: 'Name each contest once.' },
  'unknown-choice': {
    status: 422,
    title: 'The contest has no such choice',
    todo: 'Check the choice id against the definition.',
  },
  'choice-twice': { status: 422, title: 'A choice is marked twice', todo: 'Name each choice once.' },
  'too-many-selections': {
    status: 422,
    title: 'More choices are marked than the contest allows',
    todo: 'Mark at most `maxSelections` choices.',
  },
  'too-many-attempts': {
    status: 429,
    title: 'Too many attempts',
    todo: 'Wait for `Retry-After` seconds before you try again.',
  },
  'internal-error': {
    status: 500,
    title: 'Something broke on our side',
    todo: 'Retry the same request; repeating a vote is always safe.',
  },
  'not-durable': {
    status: 503,
    title: 'The vote could not be made durable',
    todo: 'Retry the same request after `Retry-After` seconds; repeating a vote is always safe.',
  },
  'temporarily-unavailable': {
    status: 503,
    title: 'A part that is needed to answer cannot be reached',
    todo: 'Retry the same request after `Retry-After` seconds.',
  },
} as const satisfies Record<string, { status: number; title: string; todo: string }>;

export type ProblemCode = keyof typeof problems;

/** What a client finds in `type`: a URN, since nothing has to be fetched to understand it. */
export const problemType = (code: ProblemCode): string => `urn:ballotstream:problem:${code}`;

/** RFC 9457, with what to do and, for a schema violation, where. */
export const problemSchema = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe('What happened here, and what to do.'),
  errors: z
    .array(z.strictObject({ pointer: z.string(), detail: z.string() }))
    .optional()
    .describe('JSON Pointers (RFC 6901) into the request, with what is wrong there.'),
  availableFrom: instantSchema.optional().describe('With `results-not-public`: when they will be.'),
});
export type Problem = z.infer<typeof problemSchema>;
