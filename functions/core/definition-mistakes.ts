import { type Definition, onlineStationId } from '../../schema/wire/definition.ts';
import { channels } from '../../schema/wire/ids.ts';
import { passKeyId } from './pass.ts';
import { lineNoMax } from './tally.ts';

/** Where in a definition, as the keys and indexes that lead there. */
export type MistakePath = readonly (string | number)[];

/** Something that is wrong with a definition. */
export interface Mistake {
  readonly path: MistakePath;
  /** One line, naming the place by the ids that people know it by. */
  readonly text: string;
}

const mistake = (path: MistakePath, text: string): Mistake => ({ path, text });

/** What is wrong with a definition that has the right form. */
export function findMistakes(definition: Definition): Mistake[] {
  return [
    ...timeMistakes(definition),
    ...twice(
      ['channels'],
      'channels',
      definition.channels.map((rules) => rules.channel),
    ),
    ...keyMistakes(['receiptKeys'], 'receiptKeys', definition.receiptKeys ?? []),
    ...keyMistakes(['kioskKeys'], 'kioskKeys', definition.kioskKeys ?? []),
    ...keyMistakes(['officeKeys'], 'officeKeys', definition.officeKeys ?? []),
    ...contestMistakes(definition),
    ...ballotStyleMistakes(definition),
    ...regionMistakes(definition),
    ...lineMistakes(definition),
  ];
}

/** What the tally cannot number could be accepted but never counted. */
function lineMistakes({ ballotStyles, contests }: Definition): Mistake[] {
  const lines = contests.reduce(
    (sum, { choices }) => sum + choices.length,
    ballotStyles.length * channels.length,
  );
  if (lines < lineNoMax) return [];
  const text = `contests: ${lines} choices and ballot lines, of which a tally has at most ${lineNoMax - 1}`;
  return [mistake(['contests'], text)];
}

function timeMistakes(definition: Definition): Mistake[] {
  const mistakes: Mistake[] = [];
  if (Date.parse(definition.closesAt) <= Date.parse(definition.opensAt)) {
    mistakes.push(mistake(['closesAt'], 'closesAt: must be later than opensAt'));
  }
  if (!isTimeZone(definition.timeZone))
    mistakes.push(
      mistake(['timeZone'], `timeZone: ${definition.timeZone} is not a time zone; one is Europe/Berlin`),
    );
  return mistakes;
}

export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}

function contestMistakes({ contests }: Definition): Mistake[] {
  const mistakes = twice(
    ['contests'],
    'contests',
    contests.map((contest) => contest.id),
  );
  contests.forEach((contest, index) => {
    const where = `contests.${contest.id}`;
    const choices = contest.choices.map((choice) => choice.id);
    mistakes.push(...twice(['contests', index, 'choices'], `${where}.choices`, choices));
    if (contest.maxSelections > choices.length) {
      const text = `${where}.maxSelections: ${contest.maxSelections} of ${choices.length} choices`;
      mistakes.push(mistake(['contests', index, 'maxSelections'], text));
    }
  });
  return mistakes;
}

function ballotStyleMistakes({ ballotStyles, contests }: Definition): Mistake[] {
  const known = new Set(contests.map((contest) => contest.id));
  const mistakes = twice(
    ['ballotStyles'],
    'ballotStyles',
    ballotStyles.map((style) => style.id),
  );
  ballotStyles.forEach((style, index) => {
    const path = ['ballotStyles', index, 'contests'];
    const where = `ballotStyles.${style.id}.contests`;
    mistakes.push(...twice(path, where, style.contests));
    style.contests.forEach((contest, position) => {
      if (!known.has(contest))
        mistakes.push(mistake([...path, position], `${where}: there is no contest ${contest}`));
    });
  });
  return mistakes;
}

function regionMistakes({ regions, ballotStyles }: Definition): Mistake[] {
  const styles = new Set(ballotStyles.map((style) => style.id));
  const mistakes = twice(
    ['regions'],
    'regions',
    regions.map((region) => region.id),
  );
  const keys = new Set<string>();
  regions.forEach((region, index) => {
    const path = ['regions', index, 'stations'];
    const where = `regions.${region.id}.stations`;
    const ids = region.stations.map((station) => station.id);
    mistakes.push(...twice(path, where, ids));
    if (!ids.includes(onlineStationId))
      mistakes.push(mistake(path, `${where}: the station ${onlineStationId} is missing`));
    region.stations.forEach((station, position) => {
      if (styles.has(station.ballotStyle)) return;
      const text = `${where}.${station.id}: there is no ballot style ${station.ballotStyle}`;
      mistakes.push(mistake([...path, position, 'ballotStyle'], text));
    });
    // A key serves one region: in two, a pass of one would be good in the other.
    mistakes.push(...keyMistakes(['regions', index, 'passKeys'], 'passKeys', region.passKeys, keys));
  });
  return mistakes;
}

/** A key stands once, and goes by its own name: under another's it would verify what that one signed. */
function keyMistakes(
  path: MistakePath,
  where: string,
  keys: readonly { readonly keyId: string; readonly spki: string }[],
  seen = new Set<string>(),
): Mistake[] {
  return keys.flatMap(({ keyId, spki }, index) => {
    const mistakes: Mistake[] = [];
    const at = [...path, index];
    if (seen.has(keyId)) mistakes.push(mistake(at, `${where}: ${keyId} stands there twice`));
    seen.add(keyId);
    if (passKeyId(Buffer.from(spki, 'base64')) !== keyId)
      mistakes.push(mistake([...at, 'keyId'], `${where}: ${keyId} is not the id of the key beside it`));
    return mistakes;
  });
}

function twice(path: MistakePath, where: string, ids: readonly string[]): Mistake[] {
  const seen = new Set<string>();
  return ids.flatMap((id, index) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [mistake([...path, index], `${where}: ${id} stands there twice`)];
  });
}
