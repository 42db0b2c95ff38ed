import * as z from 'zod';
import { definitionSchema } from '../../schema/wire/definition.ts';
import { electionIdSchema, receiptIdSchema, regionIdSchema, stationIdSchema } from '../../schema/wire/ids.ts';
import {
  batchBodyBytesMax,
  kioskTokenSecondsMax,
  passRequestBytesMax,
  voteBodyBytesMax,
} from '../../schema/wire/limits.ts';
import {
  passFingerprintChars,
  passFingerprintContext,
  passFingerprintHeader,
  passFingerprintPattern,
} from '../../schema/wire/pass-fingerprint.ts';
import { passRequestSchema, passResponseSchema } from '../../schema/wire/passes.ts';
import { problemSchema, problems } from '../../schema/wire/problem.ts';
import { progressSchema } from '../../schema/wire/progress.ts';
import { acceptedSchema, receiptStatusResponseSchema } from '../../schema/wire/receipt.ts';
import { resultsSchema } from '../../schema/wire/results.ts';
import {
  voteBatchRequestSchema,
  voteBatchResponseSchema,
  voteRequestSchema,
} from '../../schema/wire/vote.ts';

/** Bodies that have a name in the document; the schemas are the ones that validate. */
const components = {
  Definition: definitionSchema,
  VoteRequest: voteRequestSchema,
  Accepted: acceptedSchema,
  VoteBatchRequest: voteBatchRequestSchema,
  VoteBatchResponse: voteBatchResponseSchema,
  PassRequest: passRequestSchema,
  PassResponse: passResponseSchema,
  ReceiptStatus: receiptStatusResponseSchema,
  Results: resultsSchema,
  Progress: progressSchema,
  Problem: problemSchema,
} as const;

const toSchema = (schema: z.ZodType, io: 'input' | 'output') => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return json;
};

const inputs = new Set<keyof typeof components>([
  'VoteRequest',
  'VoteBatchRequest',
  'PassRequest',
  'Definition',
]);
const ref = (name: keyof typeof components) => ({ $ref: `#/components/schemas/${name}` });
const json = (name: keyof typeof components) => ({ content: { 'application/json': { schema: ref(name) } } });

/** The problems a route can answer with, by status; `codes` says which. */
function refusals(...statuses: readonly number[]) {
  return Object.fromEntries(
    statuses.map((status) => {
      const codes = Object.entries(problems).filter(([, problem]) => problem.status === status);
      const description = codes.map(([code, { title }]) => `\`${code}\`: ${title}.`).join(' ');
      const headers =
        status === 503
          ? { 'Retry-After': { schema: { type: 'integer' }, description: 'Seconds.' } }
          : undefined;
      const content = { 'application/problem+json': { schema: ref('Problem') } };
      return [
        String(status),
        headers === undefined ? { description, content } : { description, headers, content },
      ];
    }),
  );
}

const parameter = (
  name: string,
  place: 'path' | 'query' | 'header',
  schema: z.ZodType,
  description: string,
) => ({
  name,
  in: place,
  required: place === 'path',
  description,
  schema: toSchema(schema, 'input'),
});
/** Who sends as a kiosk, where the definition registers kiosks. */
const kiosk = { kiosk: [] };
const election = parameter('election', 'path', electionIdSchema, 'Id of the election.');
const passFingerprint = parameter(
  passFingerprintHeader,
  'header',
  z.string().regex(new RegExp(passFingerprintPattern)),
  `Which pass this is, by a hash: SHA-256 over ${JSON.stringify(passFingerprintContext)} and then the text of \`pass\`, the first ${passFingerprintChars} characters of its base64url. ` +
    'Send it: it gives every pass a limit of its own, and requests without it share a far lower one. One that is not that of the pass is refused.',
);

/** The whole API, OpenAPI 3.1, made from the schemas that validate. */
export const openapiDocument = {
  openapi: '3.1.0',
  info: {
    title: 'Ballotstream',
    version: '1.1.0',
    description:
      'Cast votes, follow them with their receipts, read results. Repeating a vote request is always safe: ' +
      'the same ballot under the same pass is one vote, however often it arrives.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  paths: {
    '/v1/elections/{election}': {
      get: {
        operationId: 'getDefinition',
        summary: 'The published definition of an election',
        parameters: [election],
        responses: {
          200: { description: 'The definition; with an ETag.', ...json('Definition') },
          304: { description: 'Unchanged.' },
          ...refusals(404, 503),
        },
      },
    },
    '/v1/elections/{election}/votes': {
      post: {
        operationId: 'castVote',
        summary: 'Cast one vote',
        description: `The body is at most ${voteBodyBytesMax} bytes. 202 comes only after the vote is durable.`,
        parameters: [election, passFingerprint],
        security: [{}, kiosk],
        requestBody: { required: true, ...json('VoteRequest') },
        responses: {
          202: { description: 'Durable, and will be counted.', ...json('Accepted') },
          ...refusals(400, 401, 403, 404, 413, 415, 422, 429, 503),
        },
      },
    },
    '/v1/elections/{election}/votes/batch': {
      post: {
        operationId: 'castVotes',
        summary: 'Cast votes that a kiosk stored while it was offline',
        description: `The body is at most ${batchBodyBytesMax} bytes. One result a vote, in order; each stands for itself. Where the definition registers kiosks, every vote of a batch is refused that none of them sent.`,
        parameters: [election],
        security: [{}, kiosk],
        requestBody: { required: true, ...json('VoteBatchRequest') },
        responses: {
          200: { description: 'What became of each vote.', ...json('VoteBatchResponse') },
          ...refusals(400, 404, 413, 415, 503),
        },
      },
    },
    '/v1/elections/{election}/passes': {
      post: {
        operationId: 'issuePass',
        summary: 'Have a voter’s one pass signed, blindly',
        description: `The body is at most ${passRequestBytesMax} bytes. The same blinded message again gets the same signature: a retry; another one is refused.`,
        parameters: [election],
        requestBody: { required: true, ...json('PassRequest') },
        responses: {
          200: { description: 'Unblind it: that is the pass.', ...json('PassResponse') },
          ...refusals(400, 401, 403, 404, 409, 413, 415, 429, 503),
        },
      },
    },
    '/v1/elections/{election}/receipts/{receiptId}': {
      get: {
        operationId: 'getReceipt',
        summary: 'What became of an accepted vote',
        parameters: [election, parameter('receiptId', 'path', receiptIdSchema, 'As given with the 202.')],
        responses: { 200: { description: 'Its status.', ...json('ReceiptStatus') }, ...refusals(404, 503) },
      },
    },
    '/v1/elections/{election}/results': {
      get: {
        operationId: 'getResults',
        summary: 'Votes counted so far',
        parameters: [
          election,
          parameter(
            'by',
            'query',
            z.enum(['election', 'region', 'station']),
            'How far to break down; stations need `region`.',
          ),
          parameter(
            'region',
            'query',
            regionIdSchema,
            'With `by=station`: the region whose stations to list.',
          ),
          parameter('after', 'query', stationIdSchema, 'With `by=station`: `nextAfter` of the page before.'),
        ],
        responses: {
          200: { description: 'One position in the count.', ...json('Results') },
          304: { description: 'Unchanged.' },
          ...refusals(400, 403, 404, 503),
        },
      },
    },
    '/v1/elections/{election}/results/progress': {
      get: {
        operationId: 'getProgress',
        summary: 'How far and how fast the count goes: ballots a minute, stations reporting',
        parameters: [election],
        responses: {
          200: { description: 'One position in the count.', ...json('Progress') },
          304: { description: 'Unchanged.' },
          ...refusals(403, 404, 503),
        },
      },
    },
    '/healthz': {
      get: {
        operationId: 'getHealth',
        summary: 'Liveness',
        responses: { 200: { description: 'Alive; build and definitions in memory.' } },
      },
    },
  },
  components: {
    securitySchemes: {
      kiosk: {
        type: 'apiKey',
        in: 'header',
        name: 'authorization',
        description:
          '`Kiosk <credential>~<token>`: the credential as the election office signed it (JWT, EdDSA), and a token of the kiosk’s own (JWT, ES256; ' +
          `at most ${kioskTokenSecondsMax} s; with \`body\`, the SHA-256 of the request’s body, where a vote in it states its cast time).`,
      },
    },
    schemas: Object.fromEntries(
      Object.entries(components).map(([name, schema]) => [
        name,
        toSchema(schema, inputs.has(name as keyof typeof components) ? 'input' : 'output'),
      ]),
    ),
  },
};
