import fc from 'fast-check';
import { passKeyId } from '../../functions/core/pass.ts';
import { type Definition, definitionSchema } from '../../schema/wire/definition.ts';
import { channels } from '../../schema/wire/ids.ts';

const localId = fc.stringMatching(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,12}[A-Za-z0-9])?$/);
const oddIds = fc.constantFrom(
  'constructor',
  'toString',
  'hasOwnProperty',
  'a',
  'a_b',
  'A',
  'a.b',
  'a-b',
  '0',
);
const id = fc.oneof({ weight: 3, arbitrary: localId }, { weight: 1, arbitrary: oddIds });
const ids = (minLength: number, maxLength: number) => fc.uniqueArray(id, { minLength, maxLength });
const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((name) => !/[\p{Cc}\p{Cs}]/u.test(name) && name.length <= 300);
const instants = fc
  .tuple(
    fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2090, 0) }),
    fc.integer({ min: 1, max: 90 * 24 * 3_600_000 }),
  )
  .map(([opens, ms]) => ({
    opensAt: new Date(opens).toISOString(),
    closesAt: new Date(opens + ms).toISOString(),
  }));

const contest = (contestId: string) =>
  fc
    .record({ name: text, choices: ids(1, 5), parties: fc.boolean(), max: fc.nat(4) })
    .map(({ name, choices, parties, max }) => ({
      id: contestId,
      name,
      maxSelections: 1 + (max % choices.length),
      choices: choices.map((choice) => ({
        id: choice,
        name: `Choice ${choice}`,
        ...(parties ? { party: name } : {}),
      })),
    }));

const ballotStyle = (styleId: string, contests: readonly string[]) =>
  fc.subarray([...contests], { minLength: 1 }).map((carried) => ({ id: styleId, contests: carried }));

const region = (regionId: string, styles: readonly string[]) =>
  fc
    .record({
      stations: ids(0, 4),
      style: fc.array(fc.constantFrom(...styles), { minLength: 5, maxLength: 5 }),
      voters: fc.option(fc.nat(1e6)),
    })
    .map(({ stations, style, voters }) => ({
      id: regionId,
      name: `Region ${regionId}`,
      ...(voters === null ? {} : { registeredVoters: voters }),
      passKeys: [{ keyId: passKeyId(Buffer.from(regionId)), spki: Buffer.from(regionId).toString('base64') }],
      stations: ['online', ...stations].map((station, index) => ({
        id: station,
        name: `Station ${station}`,
        ballotStyle: style[index],
      })),
    }));

/** Any definition that has no mistakes: sizes from the smallest up, odd ids, stations whose ballots differ. */
export const definitions: fc.Arbitrary<Definition> = fc
  .record({ contests: ids(1, 5), styles: ids(1, 3), regions: ids(1, 4) })
  .chain((named) =>
    fc.record({
      election: fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,12}[a-z0-9])?$/),
      version: fc.integer({ min: 1, max: 1_000_000 }),
      name: text,
      timeZone: fc.constantFrom('UTC', 'America/New_York', 'Asia/Kathmandu', '+05:45', 'Pacific/Apia'),
      times: instants,
      graceSeconds: fc.integer({ min: 0, max: 7 * 24 * 3600 }),
      resultsVisibility: fc.constantFrom('live', 'after-close'),
      resultsStatus: fc.constantFrom('unofficial', 'complete', 'certified'),
      channels: fc.subarray([...channels], { minLength: 1 }),
      ballotStyles: fc.tuple(...named.styles.map((style) => ballotStyle(style, named.contests))),
      contests: fc.tuple(...named.contests.map(contest)),
      regions: fc.tuple(...named.regions.map((one) => region(one, named.styles))),
    }),
  )
  .map(({ times, ...fields }) =>
    definitionSchema.parse({
      schema: 'ballotstream/definition/1',
      ...fields,
      ...times,
      channels: fields.channels.map((channel) => ({
        channel,
        mayNameStation: true,
        mayStateCastTime: false,
      })),
    }),
  );
