import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import { isTimeZone, type Mistake, type MistakePath } from '../../functions/core/definition-mistakes.ts';
import { type Election, parseElection } from '../../functions/core/election.ts';
import { isFetchable } from '../../functions/core/provider-address.ts';
import type { Definition } from '../../schema/wire/definition.ts';
import { type ElectionId, electionIdSchema, type RegionId, regionIdSchema } from '../../schema/wire/ids.ts';
import { AdminError } from './admin-error.ts';
import { toInstant } from './draft-times.ts';

/** Bytes of a draft: 5,000 regions with 200,000 stations are about 30 MB. */
export const draftBytesMax = 64 * 1024 * 1024;
const mistakesMax = 50;

/** A definition as the office writes it: what publishing adds is not in it yet. */
export interface Draft {
  readonly election: ElectionId;
  /** @throws AdminError with the line of each region whose id is none: files and secrets are called by it */
  readRegionIds(): readonly RegionId[];
  /** A mistake with the line it is on. */
  describe(mistake: Mistake): string;
  /** @throws AdminError with every mistake and its line */
  complete(additions: DraftAdditions): Election;
}

type PublishedKeys = readonly { readonly keyId: string; readonly spki: string }[];

export interface DraftAdditions {
  readonly version: number;
  readonly receiptKeys: PublishedKeys;
  readonly kioskKeys: PublishedKeys;
  readonly officeKeys?: PublishedKeys;
  readonly passKeysOf: (region: RegionId) => PublishedKeys;
}

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What publishing adds: written by hand it could only be wrong. */
const added = ['version', 'receiptKeys', 'kioskKeys', 'officeKeys'] as const;

/**
 * Reads a draft: JSON with comments and trailing commas.
 *
 * @param name of the file, for messages
 * @throws AdminError for what is not JSON, names no election, or has what publishing adds
 */
export function readDraft(text: string, name: string): Draft {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true, disallowComments: false });
  const lineAt = createLineFinder(text);
  const describeAt = (offset: number, message: string) => `${name}:${lineAt(offset)}: ${message}`;
  if (root === undefined || errors.length > 0) {
    const mistakes = errors.map(({ offset, error }) => describeAt(offset, describeParseError(error)));
    throw new AdminError(`${name} is not JSON`, mistakes.slice(0, mistakesMax));
  }
  const describe = ({ path, text: message }: Mistake) => describeAt(findNode(root, path).offset, message);
  const describeAdded = (path: MistakePath) =>
    describe({ path, text: `${path.at(-1)}: is added when it is published; leave it out` });
  const value: unknown = getNodeValue(root);
  if (!isObject(value)) throw new AdminError(`${name} is no election: an object in braces is`);
  const surplus = [
    ...findTwiceNamed(root).map(({ offset, name: member }) =>
      describeAt(offset, `${member}: stands there twice`),
    ),
    ...added.filter((member) => member in value).map((member) => describeAdded([member])),
    ...regionsOf(value).flatMap((region, index) =>
      'passKeys' in region ? [describeAdded(['regions', index, 'passKeys'])] : [],
    ),
  ];
  if (surplus.length > 0) throw new AdminError(`${name} cannot be published`, surplus.slice(0, mistakesMax));
  const election = electionIdSchema.safeParse(value['election']);
  if (!election.success)
    throw new AdminError(`${name} names no election`, [
      describe({ path: ['election'], text: `election: ${whyNot(election.error)}` }),
    ]);
  return {
    election: election.data,
    readRegionIds: () => readRegionIds(value, name, describe),
    describe,
    complete: (additions) => complete(value, additions, name, describe),
  };
}

/** Of two members of one name JSON keeps the last, and nobody would see the first one go. */
function findTwiceNamed(node: Node): { readonly offset: number; readonly name: string }[] {
  const seen = new Set<string>();
  return (node.children ?? []).flatMap((child) => {
    const name = node.type === 'object' ? String(child.children?.[0]?.value) : undefined;
    const isTwice = name !== undefined && seen.has(name);
    if (name !== undefined) seen.add(name);
    return [...(isTwice ? [{ offset: child.offset, name }] : []), ...findTwiceNamed(child)];
  });
}

function regionsOf(value: Json): Json[] {
  const regions = value['regions'];
  return Array.isArray(regions) ? regions.filter(isObject) : [];
}

function readRegionIds(value: Json, name: string, describe: Draft['describe']): RegionId[] {
  const mistakes: Mistake[] = [];
  const ids = regionsOf(value).flatMap(({ id }, index) => {
    const parsed = regionIdSchema.safeParse(id);
    if (parsed.success) return [parsed.data];
    mistakes.push({ path: ['regions', index, 'id'], text: `regions.${index}.id: ${whyNot(parsed.error)}` });
    return [];
  });
  if (mistakes.length > 0)
    throw new AdminError(
      `${name} has regions that no key can be made for`,
      mistakes.slice(0, mistakesMax).map(describe),
    );
  return ids;
}

const whyNot = (error: { readonly issues: readonly { readonly message: string }[] }): string =>
  error.issues[0]?.message ?? 'is none';

function complete(
  value: Json,
  { passKeysOf, ...rest }: DraftAdditions,
  name: string,
  describe: (mistake: Mistake) => string,
): Election {
  const mistakes: Mistake[] = [];
  const candidate = {
    ...value,
    ...readTimes(value, mistakes),
    ...rest,
    ...(Array.isArray(value['regions'])
      ? { regions: value['regions'].map((region: unknown) => addPassKeys(region, passKeysOf)) }
      : {}),
  };
  const parsed = parseElection(candidate);
  if (parsed.ok) mistakes.push(...findUnwise(parsed.election.definition));
  const timePaths = new Set(mistakes.map(({ path }) => path.join('.')));
  if (!parsed.ok) mistakes.push(...parsed.mistakes.filter(({ path }) => !timePaths.has(path.join('.'))));
  const lines = mistakes.map(withoutKeys).map(describe);
  if (!parsed.ok || lines.length > 0)
    throw new AdminError(`${name} cannot be published`, [...new Set(lines)].slice(0, mistakesMax));
  return parsed.election;
}

/** What functions take, since it may be published already, and what serves nobody. */
function findUnwise({ timeZone, identification }: Definition): Mistake[] {
  const mistakes: Mistake[] = (identification?.providers ?? []).flatMap(({ jwksUri }, index) => {
    if (isFetchable(jwksUri)) return [];
    const text = `identification.providers.${index}.jwksUri: keys are fetched over TLS only: write https://`;
    return [{ path: ['identification', 'providers', index, 'jwksUri'], text }];
  });
  // PostgreSQL reads the sign of an offset the other way round.
  if (/^[+-]/.test(timeZone))
    mistakes.push({
      path: ['timeZone'],
      text: `timeZone: ${timeZone} is an offset, which is no zone with days of its own: write one like Europe/Berlin`,
    });
  return mistakes;
}

/** An absent key is not the draft's mistake. */
function withoutKeys(mistake: Mistake): Mistake {
  const { path } = mistake;
  if (path[0] !== 'regions' || path[2] !== 'passKeys') return mistake;
  return { path, text: 'passKeys: this region has no key yet: npm run election -- keys makes it' };
}

function addPassKeys(region: unknown, passKeysOf: DraftAdditions['passKeysOf']): unknown {
  if (!isObject(region)) return region;
  const id = regionIdSchema.safeParse(region['id']);
  return { ...region, passKeys: id.success ? passKeysOf(id.data) : [] };
}

/** Times on the clocks of the election's zone, as instants. A zone that is none is one mistake, and not one of every time's as well. */
function readTimes(value: Json, mistakes: Mistake[]): Json {
  const said = value['timeZone'];
  const timeZone = typeof said === 'string' && isTimeZone(said) ? said : 'UTC';
  const times: Json = {};
  for (const name of ['opensAt', 'closesAt'] as const) {
    const text = value[name];
    if (typeof text !== 'string') continue;
    try {
      times[name] = toInstant(text, timeZone);
    } catch (error) {
      if (!(error instanceof AdminError)) throw error;
      mistakes.push({ path: [name], text: `${name}: ${error.message}` });
    }
  }
  return times;
}

/** The node a path leads to, or the last one on the way that is there. */
function findNode(root: Node, path: MistakePath): Node {
  for (let length = path.length; length > 0; length -= 1) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    if (node !== undefined) return node;
  }
  return root;
}

/** Lines from 1, by halving: a broken file of 64 MB may have mistakes at its end. */
function createLineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

/** `PropertyNameExpected` and the like, as words. */
function describeParseError(error: number): string {
  return printParseErrorCode(error)
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase();
}
