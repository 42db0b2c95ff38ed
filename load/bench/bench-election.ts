import { type Election, parseElection } from '../../functions/core/election.ts';
import { passKeyId } from '../../functions/core/pass.ts';
import { type Definition, onlineStationId } from '../../schema/wire/definition.ts';

export interface BenchElectionOptions {
  readonly regions: number;
  readonly stations: number;
  /** The pass key of each region, where somebody looks at passes. */
  readonly passKeys?: readonly { readonly keyId: string; readonly spki: string }[];
  /** Other than `bench`. */
  readonly id?: string;
  /** Keys that sign receipts and kiosks' credentials; without them nothing is signed and nobody registered. */
  readonly signing?: Pick<Definition, 'receiptKeys' | 'kioskKeys'>;
  /** Milliseconds since 1970; the window is open from an hour before. */
  readonly nowMs: number;
}

/** Rhode Island on 3 November 2020: 39 towns, 504 precincts (OpenElections). */
export const rhodeIsland = { regions: 39, stations: 504 } as const;

/** Contests that everybody votes in, as on the ballot of a state; with their choices. */
const statewide = [
  { id: 'president', choices: 7 },
  { id: 'senator', choices: 3 },
  { id: 'question-1', choices: 2 },
] as const;
/** Contests of a district each; with how many districts there are in a state of 39 regions. */
const districted = [
  { id: 'representative', districts: 2, choices: 3 },
  { id: 'state-senator', districts: 38, choices: 2 },
] as const;

const hourMs = 3600 * 1000;
const openForMs = 7 * 24 * hourMs;

/**
 * A made-up election in the shape of Rhode Island's: five contests on every ballot, of which two
 * depend on where it is cast.
 */
export function buildBenchElection(options: BenchElectionOptions): Election {
  const { nowMs, stations } = options;
  const styleOf = (station: number) =>
    districted.map(({ districts }) => Math.floor((station * districts) / stations));
  const styles = new Map(
    Array.from({ length: stations }, (_, station) => styleOf(station)).map((style) => [
      style.join('-'),
      style,
    ]),
  );
  const parsed = parseElection({
    schema: 'ballotstream/definition/1',
    election: options.id ?? 'bench',
    ...options.signing,
    version: 1,
    name: 'An election to measure with',
    timeZone: 'UTC',
    opensAt: new Date(nowMs - hourMs).toISOString(),
    closesAt: new Date(nowMs + openForMs).toISOString(),
    graceSeconds: 0,
    resultsVisibility: 'live',
    resultsStatus: 'unofficial',
    channels: [{ channel: 'kiosk', mayNameStation: true, mayStateCastTime: false }],
    contests: [
      ...statewide.map(({ id, choices }) => contest(id, choices)),
      ...districted.flatMap(({ id, districts, choices }) =>
        Array.from({ length: districts }, (_, district) => contest(`${id}-${district}`, choices)),
      ),
    ],
    ballotStyles: [...styles].map(([id, style]) => ({
      id: `style-${id}`,
      contests: [
        ...statewide.map((one) => one.id),
        ...districted.map((one, at) => `${one.id}-${style[at] ?? 0}`),
      ],
    })),
    regions: regionsOf(options, (station) => `style-${styleOf(station).join('-')}`),
  });
  if (!parsed.ok) throw new Error(parsed.mistakes.map(({ text }) => text).join('\n'));
  return parsed.election;
}

const contest = (id: string, choices: number) => ({
  id,
  name: `The office of ${id}`,
  maxSelections: 1,
  choices: Array.from({ length: choices }, (_, choice) => ({
    id: `${id}-candidate-${choice + 1}`,
    name: `Candidate ${choice + 1}`,
    party: `Party ${choice + 1}`,
  })),
});

function regionsOf(
  { regions, stations, passKeys }: BenchElectionOptions,
  styleOf: (station: number) => string,
) {
  const firstOf = (region: number) => Math.floor((region * stations) / regions);
  return Array.from({ length: regions }, (_, region): Definition['regions'][number] => {
    const first = firstOf(region);
    const here = Array.from({ length: firstOf(region + 1) - first }, (_station, at) => first + at);
    return {
      id: `town-${region + 1}`,
      name: `Town ${region + 1}`,
      passKeys: [passKeys?.[region] ?? keyNobodyHas(region)],
      stations: [
        ...here.map((station) => ({
          id: `precinct-${station + 1}`,
          name: `Precinct ${station + 1}`,
          ballotStyle: styleOf(station),
          registeredVoters: 1_500,
        })),
        { id: onlineStationId, name: 'From home', ballotStyle: styleOf(first) },
      ],
    } as unknown as Definition['regions'][number];
  });
}

/** A definition needs a key in every region; the writer and the results look at none. */
function keyNobodyHas(region: number) {
  const spki = Buffer.from(`region ${region}`);
  return { keyId: passKeyId(spki), spki: spki.toString('base64') };
}

/** The days on which votes of a run that begins now can be cast: it may run into the next. */
export function castDays(nowMs: number): string[] {
  const dayMs = 24 * hourMs;
  return [nowMs, nowMs + dayMs].map((ms) => new Date(ms).toISOString().slice(0, 10));
}
