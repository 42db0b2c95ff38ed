import * as z from 'zod';
import {
  channelSchema,
  choiceIdSchema,
  contestIdSchema,
  electionIdSchema,
  instantSchema,
  regionIdSchema,
  stationIdSchema,
} from './ids.ts';

const count = z.int().min(0);

const choiceResultSchema = z.strictObject({
  choice: choiceIdSchema,
  name: z.string(),
  party: z.string().optional(),
  votes: count.nullable(),
});

/**
 * Why votes are suppressed for privacy (NIST SP 1500-100: `IsSuppressedForPrivacy`) in an election that asks for it.
 * `count-not-complete`: until the officials say that it is complete, two answers may differ by a single ballot.
 * `few-ballots`: fewer than the definition wants stand behind them. `beside-few-ballots`: with them those of a
 * neighbour could be had by subtraction.
 */
export const suppressionSchema = z.enum(['count-not-complete', 'few-ballots', 'beside-few-ballots']);
export type Suppression = z.infer<typeof suppressionSchema>;

/**
 * In every contest whose votes are shown: `votes + undervotes = ballots × maxSelections`. Where they are suppressed,
 * `votes`, `undervotes` and the choices' votes are null, and neither that nor the sum of the parent can be checked.
 */
export const contestResultSchema = z.strictObject({
  contest: contestIdSchema,
  name: z.string(),
  maxSelections: count,
  ballots: count.describe('Ballots cast that carry this contest. Never suppressed: not what they say.'),
  votes: count.nullable().describe('Sum over the choices.'),
  undervotes: count.nullable(),
  suppressedForPrivacy: suppressionSchema
    .optional()
    .describe('Why there are no votes here; left out where they are shown.'),
  choices: z.array(choiceResultSchema),
});
export type ContestResult = z.infer<typeof contestResultSchema>;

/** Counts of one reporting unit: the election, a region or a station. */
export const unitResultSchema = z.strictObject({
  ballots: count.describe('Ballots counted: one a voter.'),
  ballotsByChannel: z.array(z.strictObject({ channel: channelSchema, ballots: count })),
  registeredVoters: count.optional(),
  turnout: z.number().min(0).optional().describe('ballots ÷ registeredVoters'),
  contests: z.array(contestResultSchema),
});
export type UnitResult = z.infer<typeof unitResultSchema>;

const stationResultSchema = unitResultSchema.extend({ station: stationIdSchema, name: z.string() });

const regionResultSchema = unitResultSchema.extend({
  region: regionIdSchema,
  name: z.string(),
  stations: z.array(stationResultSchema).optional(),
  nextAfter: stationIdSchema
    .optional()
    .describe('There are more stations: ask again with `after` set to this.'),
});

/**
 * The stations of one answer, bytes: an ALB takes 1 MB of JSON from a Lambda function (capacity-facts, S),
 * and the sums of election and region stand in it too.
 */
export const stationPageBytesMax = 512 * 1024;

/** `GET /v1/elections/{election}/results`: a function of one position in the count. */
export const resultsSchema = unitResultSchema.extend({
  election: electionIdSchema,
  name: z.string(),
  definition: count.describe('Version of the definition.'),
  version: count.describe(
    'Position in the count: votes accounted for: recorded, duplicate and quarantined. It never goes back.',
  ),
  duplicates: count,
  quarantined: count,
  asOf: instantSchema.nullable().describe('When the last counted batch was recorded; null before the first.'),
  status: z.enum(['unofficial', 'complete', 'certified']),
  suppressForPrivacyBelowBallots: count
    .optional()
    .describe('What the definition asks for: see `suppressedForPrivacy`.'),
  regions: z.array(regionResultSchema).optional(),
});
export type Results = z.infer<typeof resultsSchema>;
