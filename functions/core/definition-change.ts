import type { Definition } from '../../schema/wire/definition.ts';
import type { Mistake, MistakePath } from './definition-mistakes.ts';

/** When a new version is published, and which keys it is meant to take away. */
export interface ChangeRules {
  readonly nowMs: number;
  /** Pass keys that are known to others: their passes are to be worth nothing. */
  readonly withdrawnKeys: ReadonlySet<string>;
}

/**
 * What a new version of a definition may not change. Counts stand under what was published: what has been on a
 * ballot stays countable, and a voter who holds a pass or a receipt of an older version can go on using it.
 */
export function findForbiddenChanges(
  previous: Definition,
  next: Definition,
  { nowMs, withdrawnKeys }: ChangeRules,
): Mistake[] {
  const hasOpened = nowMs >= Date.parse(previous.opensAt);
  return [
    ...contestChanges(previous, next),
    ...styleChanges(previous, next),
    ...regionChanges(previous, next, hasOpened, withdrawnKeys),
    ...keyChanges(previous, next),
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
      return [mistake(['contests'], `contests: ${contest.id} has been published and cannot be taken away`)];
    const path = ['contests', found.index];
    const choices = new Set(found.item.choices.map(({ id }) => id));
    const gone = contest.choices.filter(({ id }) => !choices.has(id));
    const mistakes = gone.map(({ id }) =>
      mistake(
        [...path, 'choices'],
        `contests.${contest.id}.choices: ${id} has been published and cannot be taken away`,
      ),
    );
    if (found.item.maxSelections !== contest.maxSelections)
      mistakes.push(
        mistake(
          [...path, 'maxSelections'],
          `contests.${contest.id}.maxSelections: was published as ${contest.maxSelections}`,
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
        mistake(['ballotStyles'], `ballotStyles: ${style.id} has been published and cannot be taken away`),
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
      return [mistake(['regions'], `regions: ${region.id} has been published and cannot be taken away`)];
    const path = ['regions', found.index];
    const stations = indexById(found.item.stations);
    const mistakes = region.stations.flatMap((station) => {
      const known = stations.get(station.id);
      const where = `regions.${region.id}.stations`;
      if (known === undefined)
        return [
          mistake(
            [...path, 'stations'],
            `${where}: ${station.id} has been published and cannot be taken away`,
          ),
        ];
      return hasOpened && known.item.ballotStyle !== station.ballotStyle
        ? [
            mistake(
              [...path, 'stations', known.index, 'ballotStyle'],
              `${where}.${station.id}.ballotStyle: voting has begun with ${station.ballotStyle}`,
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
    .map((name) => mistake([name], `${name}: voting has begun with ${previous[name]}`));
  const ballotsMin = previous.suppressForPrivacyBelowBallots ?? 0;
  if ((next.suppressForPrivacyBelowBallots ?? 0) < ballotsMin)
    mistakes.push(
      mistake(
        ['suppressForPrivacyBelowBallots'],
        `suppressForPrivacyBelowBallots: voting has begun with ${ballotsMin}; it can only be raised`,
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

function indexById<Item extends { readonly id: string }>(
  items: readonly Item[],
): Map<string, { readonly item: Item; readonly index: number }> {
  return new Map(items.map((item, index) => [item.id, { item, index }]));
}
