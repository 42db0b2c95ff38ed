import type * as z from 'zod';
import {
  type Contest,
  type channelRulesSchema,
  type Definition,
  definitionSchema,
  onlineStationId,
  type regionSchema,
  type stationSchema,
} from '../../schema/wire/definition.ts';
import {
  type BallotStyleId,
  type Channel,
  type ChoiceId,
  type ContestId,
  channels,
  type RegionId,
  type StationId,
} from '../../schema/wire/ids.ts';
import { lineNoMax } from './tally.ts';

/** A definition with the look-ups that judging a vote needs, each of them O(1). */
export interface Election {
  readonly definition: Definition;
  readonly opensAtMs: number;
  readonly closesAtMs: number;
  readonly graceMs: number;
  readonly channels: ReadonlyMap<Channel, z.infer<typeof channelRulesSchema>>;
  readonly contests: ReadonlyMap<ContestId, ContestRules>;
  readonly regions: ReadonlyMap<RegionId, Region>;
  /** Pass keys of all regions by key id; a key serves exactly one region. */
  readonly passKeys: ReadonlyMap<string, { readonly region: RegionId; readonly spki: string }>;
  /** SPKI by key id. With none of them, kiosks need no credential. */
  readonly kioskKeys: ReadonlyMap<string, string>;
  readonly origins: ReadonlySet<string>;
}

export interface ContestRules {
  readonly contest: Contest;
  readonly choices: ReadonlySet<ChoiceId>;
}

export interface Region {
  readonly region: z.infer<typeof regionSchema>;
  readonly stations: ReadonlyMap<StationId, Station>;
  /** The contests on the ballots of any of its stations. */
  readonly contests: ReadonlySet<ContestId>;
}

export interface Station {
  readonly station: z.infer<typeof stationSchema>;
  readonly ballotStyle: BallotStyleId;
  /** The contests on this station's ballots. */
  readonly contests: ReadonlySet<ContestId>;
}

export type DefinitionResult =
  | { readonly ok: true; readonly election: Election }
  /** One line a mistake, each naming where it is. */
  | { readonly ok: false; readonly mistakes: readonly string[] };

/** Mistakes reported at most; a broken file can have a million of the same. */
const mistakesMax = 50;

/** Parses and compiles a definition; whatever is wrong with it is said, none of it half-accepted. */
export function parseElection(input: unknown): DefinitionResult {
  const parsed = definitionSchema.safeParse(input);
  if (!parsed.success) {
    const mistakes = parsed.error.issues.map(
      (issue) => `${issue.path.join('.') || 'definition'}: ${issue.message}`,
    );
    return { ok: false, mistakes: mistakes.slice(0, mistakesMax) };
  }
  const mistakes = findMistakes(parsed.data);
  return mistakes.length > 0
    ? { ok: false, mistakes: mistakes.slice(0, mistakesMax) }
    : { ok: true, election: compileElection(parsed.data) };
}

function findMistakes(definition: Definition): string[] {
  return [
    ...timeMistakes(definition),
    ...twice(
      'channels',
      definition.channels.map((rules) => rules.channel),
    ),
    ...twice(
      'receiptKeys',
      (definition.receiptKeys ?? []).map((key) => key.keyId),
    ),
    ...twice(
      'kioskKeys',
      (definition.kioskKeys ?? []).map((key) => key.keyId),
    ),
    ...contestMistakes(definition),
    ...ballotStyleMistakes(definition),
    ...regionMistakes(definition),
    ...lineMistakes(definition),
  ];
}

/** What the tally cannot number could be accepted but never counted. */
function lineMistakes({ ballotStyles, contests }: Definition): string[] {
  const lines = contests.reduce(
    (sum, { choices }) => sum + choices.length,
    ballotStyles.length * channels.length,
  );
  return lines < lineNoMax
    ? []
    : [`contests: ${lines} choices and ballot lines, of which a tally has at most ${lineNoMax - 1}`];
}

function timeMistakes(definition: Definition): string[] {
  const mistakes: string[] = [];
  if (Date.parse(definition.closesAt) <= Date.parse(definition.opensAt)) {
    mistakes.push('closesAt: must be later than opensAt');
  }
  if (!isTimeZone(definition.timeZone)) mistakes.push(`timeZone: ${definition.timeZone} is not a time zone`);
  return mistakes;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}

function contestMistakes({ contests }: Definition): string[] {
  const mistakes = twice(
    'contests',
    contests.map((contest) => contest.id),
  );
  for (const contest of contests) {
    mistakes.push(
      ...twice(
        `contests.${contest.id}.choices`,
        contest.choices.map((choice) => choice.id),
      ),
    );
    if (contest.maxSelections > contest.choices.length) {
      mistakes.push(
        `contests.${contest.id}.maxSelections: ${contest.maxSelections} of ${contest.choices.length} choices`,
      );
    }
  }
  return mistakes;
}

function ballotStyleMistakes({ ballotStyles, contests }: Definition): string[] {
  const known = new Set(contests.map((contest) => contest.id));
  const mistakes = twice(
    'ballotStyles',
    ballotStyles.map((style) => style.id),
  );
  for (const style of ballotStyles) {
    mistakes.push(...twice(`ballotStyles.${style.id}.contests`, style.contests));
    for (const contest of style.contests) {
      if (!known.has(contest))
        mistakes.push(`ballotStyles.${style.id}.contests: there is no contest ${contest}`);
    }
  }
  return mistakes;
}

function regionMistakes({ regions, ballotStyles }: Definition): string[] {
  const styles = new Set(ballotStyles.map((style) => style.id));
  const mistakes = [
    ...twice(
      'regions',
      regions.map((region) => region.id),
    ),
    ...twice(
      'passKeys',
      regions.flatMap((region) => region.passKeys.map((key) => key.keyId)),
    ),
  ];
  for (const region of regions) {
    mistakes.push(
      ...twice(
        `regions.${region.id}.stations`,
        region.stations.map((station) => station.id),
      ),
    );
    if (!region.stations.some((station) => station.id === onlineStationId)) {
      mistakes.push(`regions.${region.id}.stations: the station ${onlineStationId} is missing`);
    }
    for (const station of region.stations) {
      if (!styles.has(station.ballotStyle)) {
        mistakes.push(
          `regions.${region.id}.stations.${station.id}: there is no ballot style ${station.ballotStyle}`,
        );
      }
    }
  }
  return mistakes;
}

function twice(where: string, ids: readonly string[]): string[] {
  const seen = new Set<string>();
  const mistakes: string[] = [];
  for (const id of ids) {
    if (seen.has(id)) mistakes.push(`${where}: ${id} stands there twice`);
    seen.add(id);
  }
  return mistakes;
}

function compileElection(definition: Definition): Election {
  const styles = new Map(definition.ballotStyles.map((style) => [style.id, new Set(style.contests)]));
  const compileRegion = (region: z.infer<typeof regionSchema>): Region => {
    const stations = region.stations.map((station) => ({
      station,
      ballotStyle: station.ballotStyle,
      contests: styles.get(station.ballotStyle) ?? new Set<ContestId>(),
    }));
    return {
      region,
      stations: new Map(stations.map((one) => [one.station.id, one])),
      contests: new Set(
        [...new Set(stations.map((one) => one.contests))].flatMap((contests) => [...contests]),
      ),
    };
  };
  return {
    definition,
    opensAtMs: Date.parse(definition.opensAt),
    closesAtMs: Date.parse(definition.closesAt),
    graceMs: definition.graceSeconds * 1000,
    channels: new Map(definition.channels.map((rules) => [rules.channel, rules])),
    contests: new Map(
      definition.contests.map((contest) => [
        contest.id,
        { contest, choices: new Set(contest.choices.map((c) => c.id)) },
      ]),
    ),
    regions: new Map(definition.regions.map((region) => [region.id, compileRegion(region)])),
    kioskKeys: new Map((definition.kioskKeys ?? []).map(({ keyId, spki }) => [keyId, spki])),
    origins: new Set(definition.origins),
    passKeys: new Map(
      definition.regions.flatMap((region) =>
        region.passKeys.map((key) => [key.keyId, { region: region.id, spki: key.spki }] as const),
      ),
    ),
  };
}
