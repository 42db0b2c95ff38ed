import type { Definition } from '../../schema/wire/definition.ts';
import type { Mistake, MistakePath } from './definition-mistakes.ts';

/** When a new version is published, and which keys it is meant to take away. */
export interface ChangeRules {
  readonly nowMs: number;
  /** Pass keys that are known to others: their passes are to be worth nothing. */
  readonly withdrawnKeys: ReadonlySet<string>;
  /** The kind of access code that any version had last; null: none had any. */
  readonly codeKind: CodeKind | null;
}

export type CodeKind = NonNullable<NonNullable<Definition['identification']>['accessCodes']>;

/**
 * What a new version of a definition may not change. Counts stand under what was published: what has been on a
 * ballot stays countable, and a voter who holds a pass or a receipt of an older version can go on using it. Once voting
 * has begun, nobody who could vote, or say who they are, is locked out.
 */
export function findForbiddenChanges(
  previous: Definition,
  next: Definition,
  { nowMs, withdrawnKeys, codeKind }: ChangeRules,
): Mistake[] {
  const hasOpened = nowMs >= Date.parse(previous.opensAt);
  return [
    ...contestChanges(previous, next),
    ...styleChanges(previous, next),
    ...regionChanges(previous, next, hasOpened, withdrawnKeys),
    ...keyChanges(previous, next),
    ...codeKindChanges(codeKind, next),
    ...(hasOpened ? openChanges(previous, next, nowMs) : []),
  ];
}

const mistake = (path: MistakePath, text: string): Mistake => ({ path, text });

/** Votes, undervotes and the tally's lines stand under these ids for ever. */
function contestChanges(previous: Definition, next: Definition): Mistake[] {
  const now = indexById(next.contests);
  return previous.contests.flatMap((contest) => {
    const found = now.get(contest.id);
    if (found === undefined)
      return [
        mistake(
          ['contests'],
          `contests: ${contest.id} has been published and cannot be taken away; put it back`,
        ),
      ];
    const path = ['contests', found.index];
    const choices = new Set(found.item.choices.map(({ id }) => id));
    const gone = contest.choices.filter(({ id }) => !choices.has(id));
    const mistakes = gone.map(({ id }) =>
      mistake(
        [...path, 'choices'],
        `contests.${contest.id}.choices: ${id} has been published and cannot be taken away; put it back`,
      ),
    );
    if (found.item.maxSelections !== contest.maxSelections)
      mistakes.push(
        mistake(
          [...path, 'maxSelections'],
          `contests.${contest.id}.maxSelections: was published as ${contest.maxSelections}; write that`,
        ),
      );
    return mistakes;
  });
}

/** Ballots of a style all carry the same contests: undervotes are counted by it. */
function styleChanges(previous: Definition, next: Definition): Mistake[] {
  const now = indexById(next.ballotStyles);
  return previous.ballotStyles.flatMap((style) => {
    const found = now.get(style.id);
    if (found === undefined)
      return [
        mistake(
          ['ballotStyles'],
          `ballotStyles: ${style.id} has been published and cannot be taken away; put it back`,
        ),
      ];
    const isSame =
      style.contests.length === found.item.contests.length &&
      style.contests.every((contest) => found.item.contests.includes(contest));
    if (isSame) return [];
    const text = `ballotStyles.${style.id}.contests: published with other contests; make a new ballot style`;
    return [mistake(['ballotStyles', found.index, 'contests'], text)];
  });
}

function regionChanges(
  previous: Definition,
  next: Definition,
  hasOpened: boolean,
  withdrawnKeys: ReadonlySet<string>,
): Mistake[] {
  const now = indexById(next.regions);
  return previous.regions.flatMap((region) => {
    const found = now.get(region.id);
    if (found === undefined)
      return [
        mistake(
          ['regions'],
          `regions: ${region.id} has been published and cannot be taken away; put it back`,
        ),
      ];
    const path = ['regions', found.index];
    const stations = indexById(found.item.stations);
    const mistakes = region.stations.flatMap((station) => {
      const known = stations.get(station.id);
      const where = `regions.${region.id}.stations`;
      if (known === undefined)
        return [
          mistake(
            [...path, 'stations'],
            `${where}: ${station.id} has been published and cannot be taken away; put it back`,
          ),
        ];
      return hasOpened && known.item.ballotStyle !== station.ballotStyle
        ? [
            mistake(
              [...path, 'stations', known.index, 'ballotStyle'],
              `${where}.${station.id}.ballotStyle: voting has begun with ${station.ballotStyle}; write that`,
            ),
          ]
        : [];
    });
    const kept = new Set(found.item.passKeys.map(({ keyId }) => keyId));
    const lost = region.passKeys.filter(({ keyId }) => !kept.has(keyId) && !withdrawnKeys.has(keyId));
    const lostMistakes = lost.map(({ keyId }) =>
      mistake(
        path,
        `regions.${region.id}.passKeys: without ${keyId} the passes that it signed are worth nothing`,
      ),
    );
    return [...mistakes, ...lostMistakes];
  });
}

function keyChanges(previous: Definition, next: Definition): Mistake[] {
  const kept = new Set((next.receiptKeys ?? []).map(({ keyId }) => keyId));
  const mistakes = (previous.receiptKeys ?? [])
    .filter(({ keyId }) => !kept.has(keyId))
    .map(({ keyId }) =>
      mistake([], `receiptKeys: without ${keyId} the receipts that it signed cannot be verified`),
    );
  const hadKiosks = (previous.kioskKeys ?? []).length > 0;
  if (hadKiosks && (next.kioskKeys ?? []).length === 0)
    mistakes.push(mistake([], 'kioskKeys: with none of them anybody could be a kiosk'));
  return mistakes;
}

/** The days that votes are filed under, and who may see the count meanwhile, stand when voting begins. */
function openChanges(previous: Definition, next: Definition, nowMs: number): Mistake[] {
  const fixed = ['opensAt', 'timeZone', 'resultsVisibility'] as const;
  const mistakes = fixed
    .filter((name) => previous[name] !== next[name])
    .map((name) => mistake([name], `${name}: voting has begun with ${previous[name]}; write that`));
  mistakes.push(...channelChanges(previous, next), ...identificationChanges(previous, next));
  if (next.graceSeconds < previous.graceSeconds)
    mistakes.push(
      mistake(
        ['graceSeconds'],
        `graceSeconds: kiosks count on ${previous.graceSeconds} to deliver what is cast; write that, or more`,
      ),
    );
  const ballotsMin = previous.suppressForPrivacyBelowBallots ?? 0;
  if ((next.suppressForPrivacyBelowBallots ?? 0) < ballotsMin)
    mistakes.push(
      mistake(
        ['suppressForPrivacyBelowBallots'],
        `suppressForPrivacyBelowBallots: voting has begun with ${ballotsMin}; write that, or more`,
      ),
    );
  const closedAtMs = Date.parse(previous.closesAt);
  const closesAtMs = Date.parse(next.closesAt);
  // Whoever voted while it was open was accepted: it cannot have been closed then.
  if (closesAtMs !== closedAtMs && closesAtMs < Math.min(nowMs, closedAtMs))
    mistakes.push(mistake(['closesAt'], 'closesAt: voting was open then; it can close now at the earliest'));
  if (closedAtMs <= nowMs && closesAtMs > closedAtMs)
    mistakes.push(mistake(['closesAt'], 'closesAt: voting has closed, and results may be known'));
  return mistakes;
}

/** A channel, or what its votes may say of themselves: a kiosk without a line has votes to deliver that count on it. */
function channelChanges(previous: Definition, next: Definition): Mistake[] {
  return previous.channels.flatMap((rules) => {
    const index = next.channels.findIndex(({ channel }) => channel === rules.channel);
    const now = next.channels[index];
    if (now === undefined)
      return [mistake(['channels'], `channels: people vote by ${rules.channel} already; put it back`)];
    const rights = ['mayNameStation', 'mayStateCastTime'] as const;
    return rights
      .filter((right) => rules[right] && !now[right])
      .map((right) =>
        mistake(
          ['channels', index, right],
          `channels.${rules.channel}.${right}: votes on their way count on it; write true`,
        ),
      );
  });
}

/** Whoever can say who they are today can tomorrow. */
function identificationChanges(previous: Definition, next: Definition): Mistake[] {
  const { accessCodes, providers = [] } = previous.identification ?? {};
  const now = next.identification;
  const mistakes: Mistake[] = [];
  if (accessCodes !== undefined && now?.accessCodes === undefined)
    mistakes.push(
      mistake(
        ['identification', 'accessCodes'],
        `identification.accessCodes: voters hold codes; write "${accessCodes}"`,
      ),
    );
  for (const { issuer, audience } of providers) {
    const isKept = now?.providers.some((one) => one.issuer === issuer && one.audience === audience);
    if (isKept === true) continue;
    const text = `identification.providers: voters are known through ${issuer} and audience ${audience}; put them back`;
    mistakes.push(mistake(['identification', 'providers'], text));
  }
  return mistakes;
}

/** Codes are on the roll as hashes of their kind: by the other one each of them would be wrong. */
function codeKindChanges(codeKind: CodeKind | null, { identification }: Definition): Mistake[] {
  const now = identification?.accessCodes;
  if (codeKind === null || now === undefined || now === codeKind) return [];
  const text = `identification.accessCodes: was published as ${codeKind}, and the roll keeps codes so; write "${codeKind}", or publish an election of another id`;
  return [mistake(['identification', 'accessCodes'], text)];
}

function indexById<Item extends { readonly id: string }>(
  items: readonly Item[],
): Map<string, { readonly item: Item; readonly index: number }> {
  return new Map(items.map((item, index) => [item.id, { item, index }]));
}
