import * as z from 'zod';
import { electionIdSchema, instantSchema, regionIdSchema } from './ids.ts';

/** Minutes in one answer, the latest ones: a day of casting. Some 8 kB where every minute has thousands. */
export const progressMinutesMax = 24 * 60;

const count = z.int().min(0);

const stationsSchema = z.strictObject({
  total: count.describe('Stations that the definition lists.'),
  reporting: count.describe('Those of them from which at least one ballot is counted.'),
});
export type StationCount = z.infer<typeof stationsSchema>;

/**
 * `GET /v1/elections/{election}/results/progress`: how far and how fast the count goes, and nothing of what was
 * voted. Never finer than a minute. `before` and all of `recorded` together are the ballots counted.
 */
export const progressSchema = z.strictObject({
  election: electionIdSchema,
  definition: count.describe('Version of the definition.'),
  version: count.describe('Position in the count, as in the results.'),
  asOf: instantSchema.nullable().describe('When the last counted batch was recorded; null before the first.'),
  opensAt: instantSchema,
  closesAt: instantSchema,
  timeZone: z.string().describe('IANA time zone of the election: the clock that its times are told by.'),
  stations: stationsSchema,
  regions: z.array(z.strictObject({ region: regionIdSchema, stations: stationsSchema })),
  minutes: z.strictObject({
    first: instantSchema.nullable().describe('The minute of the first number; null when there is none.'),
    recorded: z
      .array(count)
      .max(progressMinutesMax)
      .describe('Ballots recorded in that minute and in each one after it; the last may still be running.'),
    before: count.describe('Ballots recorded before all of these.'),
  }),
});
export type Progress = z.infer<typeof progressSchema>;
