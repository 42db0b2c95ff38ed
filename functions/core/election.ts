import type * as z from 'zod';
import {
  type Contest,
  type channelRulesSchema,
  type Definition,
  definitionSchema,
  type regionSchema,
  type stationSchema,
} from '../../schema/wire/definition.ts';
import type {
  BallotStyleId,
  Channel,
  ChoiceId,
  ContestId,
  RegionId,
  StationId,
} from '../../schema/wire/ids.ts';
import { findMistakes, type Mistake } from './definition-mistakes.ts';

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
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** Mistakes reported at most; a broken file can have a million of the same. */
const mistakesMax = 50;

/** Parses and compiles a definition; whatever is wrong with it is said, none of it half-accepted. */
export function parseElection(input: unknown): DefinitionResult {
  const parsed = definitionSchema.safeParse(input);
  if (!parsed.success) {
    const mistakes = parsed.error.issues.map(({ path, message }) => ({
      path: path.map((part) => (typeof part === 'symbol' ? String(part) : part)),
      text: `${path.join('.') || 'definition'}: ${message}`,
    }));
    return { ok: false, mistakes: mistakes.slice(0, mistakesMax) };
  }
  const mistakes = findMistakes(parsed.data);
  return mistakes.length > 0
    ? { ok: false, mistakes: mistakes.slice(0, mistakesMax) }
    : { ok: true, election: compileElection(parsed.data) };
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
