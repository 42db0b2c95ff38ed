import { definitionPointerSchema } from '../../schema/wire/definition.ts';
import { type ElectionId, electionIdSchema } from '../../schema/wire/ids.ts';
import { parseJson } from './objects.ts';
import type { Office } from './office.ts';
import { publishedKeyIds, readPublicKeys } from './public-keys.ts';
import { readInEffect, readVersion } from './publish.ts';
import { readReceiptKeys } from './receipt-keys.ts';
import { type Action, type AuditEvent, hashOf, readTrail } from './trail.ts';

export interface TrailFinding {
  readonly entries: number;
  readonly head: string | null;
  /** What does not follow from the trail, or it from itself. Empty: all is told, and nothing else is so. */
  readonly faults: readonly string[];
  /** What an auditor may want to know, and is no fault. */
  readonly notes: readonly string[];
}

export interface VerifyOptions {
  /** A hash that somebody outside noted earlier; null: nobody did. */
  readonly keptHead: string | null;
  /** SHA-256 of the evidence that the ballots are held against beside this; null: they are not. */
  readonly evidence: string | null;
}

/**
 * Follows the chain, and holds against it everything that it tells: each published version and list of revoked kiosks by
 * its bytes, which of them are in effect and whether that can be used, every public key. What the office never published is held
 * against nothing but that.
 */
export async function verifyTrail(
  office: Office,
  { keptHead, evidence }: VerifyOptions,
): Promise<TrailFinding> {
  const trail = await readTrail(office.objects);
  const faults = [...trail.faults];
  const notes: string[] = [];
  if (keptHead !== null && !trail.events.some(({ hash }) => hash === keptHead))
    faults.push(`no entry hashes to ${keptHead}: what was there when it was noted has been changed`);
  const events = trail.events.map(({ event }) => event);
  const keys = await office.objects.list('elections/');
  for (const election of electionsIn(keys, events)) {
    const own = events.filter((event) => event.election === election);
    const isOfficial = !office.hasUnofficial || ofAction(own, 'election.published').length > 0;
    if (isOfficial) faults.push(...(await checkVersions(office, election, keys, own, notes)));
    else
      notes.push(
        `${election} was published past the office, as demonstrations and replays on one machine are`,
      );
    faults.push(
      ...(await checkLists(office, election, keys, own)),
      ...(await checkPointer(office, election, own, isOfficial)),
      ...(await checkKeys(office, election, own)),
    );
  }
  faults.push(...(await checkReceiptKeys(office, events)));
  notes.push(...describeSeals(events, evidence));
  return { entries: trail.events.length, head: trail.head, faults, notes };
}

/** Whether the ballots are what was sealed takes the database and the evidence: without them nobody has looked. */
function describeSeals(events: Events, evidence: string | null): string[] {
  return ofAction(events, 'ballots.sealed')
    .filter(({ details }) => details['sha256'] !== evidence)
    .map(
      ({ at, election, details }) =>
        `${String(details['ballots'])} ballots of ${election} were sealed at ${at} and are not held against that here: --election ${election} --evidence FILE (SHA-256 ${String(details['sha256'])})`,
    );
}

/** Whatever else lies there goes by no name that anybody asks for. */
function electionsIn(keys: readonly string[], events: Events): ElectionId[] {
  const stored = keys.flatMap((key) => {
    const id = electionIdSchema.safeParse(/^elections\/([^/]+)\//.exec(key)?.[1]);
    return id.success ? [id.data] : [];
  });
  const told = [...ofAction(events, 'election.published'), ...ofAction(events, 'kiosks.revoked')].flatMap(
    ({ election }) => election ?? [],
  );
  return [...new Set([...stored, ...told])].sort();
}

type Events = readonly AuditEvent[];
const ofAction = (events: Events, action: Action): Events =>
  events.filter((event) => event.action === action);

/** Every version by its bytes. One that took no effect, because somebody stopped in between, is only noted. */
async function checkVersions(
  office: Office,
  election: string,
  keys: readonly string[],
  events: Events,
  notes: string[],
): Promise<string[]> {
  const told = new Map(
    ofAction(events, 'election.published').map(({ details }) => [
      Number(details['version']),
      details['sha256'],
    ]),
  );
  const faults: string[] = [];
  const found = new Set<number>();
  for (const [key, version] of numbered(keys, `elections/${election}/v`)) {
    found.add(version);
    const sha256 = told.get(version);
    const isSame = sha256 === hashOf((await office.objects.read(key))?.text ?? '');
    if (sha256 === undefined) notes.push(`version ${version} of ${election} was written and never published`);
    else if (!isSame) faults.push(`version ${version} of ${election} is not what was published`);
  }
  for (const version of told.keys())
    if (!found.has(version)) faults.push(`version ${version} of ${election} was published and is gone`);
  return faults;
}

async function checkLists(
  office: Office,
  election: string,
  keys: readonly string[],
  events: Events,
): Promise<string[]> {
  const told = new Map(
    ofAction(events, 'kiosks.revoked').map(({ details }) => [Number(details['list']), details['sha256']]),
  );
  const faults: string[] = [];
  const found = new Set<number>();
  for (const [key, list] of numbered(keys, `elections/${election}/revoked-kiosks-`)) {
    found.add(list);
    if (told.has(list) && told.get(list) !== hashOf((await office.objects.read(key))?.text ?? ''))
      faults.push(`list ${list} of revoked kiosks of ${election} is not what was published`);
  }
  for (const list of told.keys())
    if (!found.has(list)) faults.push(`list ${list} of revoked kiosks of ${election} is gone`);
  return faults;
}

/**
 * What is in effect is the newest that was told, and can be used. The entry is written first: while somebody publishes, this
 * may differ.
 */
async function checkPointer(
  office: Office,
  election: string,
  events: Events,
  isOfficial: boolean,
): Promise<string[]> {
  const object = await office.objects.read(`elections/${election}/latest.json`);
  const published = lastNumber(ofAction(events, 'election.published'), 'version');
  const list = lastNumber(ofAction(events, 'kiosks.revoked'), 'list');
  if (object === null)
    return published === undefined ? [] : [`${election} was published, and nothing of it is in effect`];
  const pointer = definitionPointerSchema.safeParse(parseJson(object.text));
  if (!pointer.success) return [`what is in effect of ${election} cannot be read`];
  const faults: string[] = [];
  const result = await readVersion(office, election, pointer.data.version);
  if (!result.ok)
    faults.push(
      `version ${pointer.data.version} of ${election} is in effect and cannot be used: ${result.mistakes[0]?.text}; mend its file and publish that`,
    );
  if (isOfficial && pointer.data.version !== published)
    faults.push(
      `version ${pointer.data.version} of ${election} is in effect; the trail says ${published === undefined ? 'that none was published' : `version ${published}`}`,
    );
  if (pointer.data.kioskRevocations !== list)
    faults.push(
      `list ${pointer.data.kioskRevocations ?? 'none'} of revoked kiosks of ${election} is in effect; the trail says ${list ?? 'none'}`,
    );
  return faults;
}

function lastNumber(events: Events, name: string): number | undefined {
  const value = events.at(-1)?.details[name];
  return value === undefined ? undefined : Number(value);
}

/**
 * All keys that publishing takes for receipts are told of, and the one that was told of last signs: who put in another could sign
 * what nobody cast.
 */
async function checkReceiptKeys(office: Office, events: Events): Promise<string[]> {
  const told = ofAction(events, 'receipt-key.made').map(({ details }) => details['receiptKeys'] as string[]);
  const noted = (await readReceiptKeys(office)).map(({ keyId }) => keyId);
  const [signing] = noted;
  const newest = told.at(-1)?.[0];
  return [
    ...noted
      .filter((keyId) => !told.flat().includes(keyId))
      .map((keyId) => `the trail does not tell of key ${keyId} of receipts`),
    ...(signing === newest
      ? []
      : [
          `key ${signing ?? 'none'} signs receipts of what is published next; the trail says ${newest ?? 'none'}`,
        ]),
  ];
}

/** Every public key is told of, and so is every one that was withdrawn: none of those is noted as live, or in effect. */
async function checkKeys(office: Office, election: ElectionId, events: Events): Promise<string[]> {
  const keys = await readPublicKeys(office, election);
  const told = (action: Action) => JSON.stringify(ofAction(events, action).map(({ details }) => details));
  const [made, withdrawn] = [told('keys.made'), told('keys.withdrawn')];
  const isIn = (text: string, keyId: string) => text.includes(`"${keyId}"`);
  const all = [
    ...Object.values(keys.passKeys).flatMap((list) => list ?? []),
    ...keys.kioskKeys,
    ...keys.officeKeys,
  ];
  const inEffect = await readInEffect(office, election).catch(() => null);
  const published = inEffect?.result.ok === true ? publishedKeyIds(inEffect.result.election) : [];
  return [
    ...all
      .filter(({ keyId }) => !isIn(made, keyId))
      .map(({ keyId }) => `the trail does not tell of key ${keyId} of ${election}`),
    ...keys.withdrawn
      .filter((keyId) => !isIn(withdrawn, keyId))
      .map((keyId) => `the trail does not tell that key ${keyId} of ${election} was withdrawn`),
    ...all
      .filter(({ keyId }) => isIn(withdrawn, keyId) && !keys.withdrawn.includes(keyId))
      .map(
        ({ keyId }) => `key ${keyId} of ${election} was withdrawn, and the next version would bring it back`,
      ),
    ...published
      .filter((keyId) => isIn(withdrawn, keyId))
      .map(
        (keyId) =>
          `key ${keyId} of ${election} was withdrawn, and the version in effect still has it: npm run election -- withdraw-key ${election} ${keyId}`,
      ),
  ];
}

function numbered(keys: readonly string[], prefix: string): (readonly [key: string, number: number])[] {
  return keys.flatMap((key) => {
    const number = /^(\d+)\.json$/.exec(key.startsWith(prefix) ? key.slice(prefix.length) : '')?.[1];
    return number === undefined ? [] : [[key, Number(number)] as const];
  });
}
