import type { DefinitionResult } from '../../functions/core/election.ts';
import type { Definition } from '../../schema/wire/definition.ts';
import { AdminError } from './admin-error.ts';
import type { Outcome } from './command-line.ts';
import { type KnownKiosk, readRegistered, readRevoked } from './kiosks.ts';
import { describeInstant } from './local-time.ts';
import type { Office } from './office.ts';
import { readPublicKeys } from './public-keys.ts';
import { needPublished, readInEffect } from './publish.ts';
import { endOfGraceMs } from './register-kiosks.ts';

/** One line an election. */
export async function describeElections(office: Office): Promise<Outcome> {
  const keys = await office.objects.list('elections/');
  const ids = [...new Set(keys.flatMap((key) => /^elections\/([^/]+)\/latest\.json$/.exec(key)?.[1] ?? []))];
  const found = [];
  for (const id of ids) found.push(await find(office, id));
  return {
    text: found.length === 0 ? 'none is published\n' : found.map(describeLine).join(''),
    json: { elections: found.map(summarise) },
    exitCode: found.every(({ result }) => result.ok) ? 0 : 1,
  };
}

interface Found {
  readonly id: string;
  /** Null: nothing says which one is in effect. */
  readonly version: number | null;
  readonly result: DefinitionResult;
}

/** One that cannot be used keeps none of the others from being shown. */
async function find(office: Office, id: string): Promise<Found> {
  try {
    const inEffect = await readInEffect(office, id);
    if (inEffect === null) throw new AdminError('was there just now');
    return { id, version: inEffect.pointer.version, result: inEffect.result };
  } catch (error) {
    if (!(error instanceof AdminError)) throw error;
    return { id, version: null, result: { ok: false, mistakes: [{ path: [], text: error.message }] } };
  }
}

function describeLine({ id, version, result }: Found): string {
  if (!result.ok)
    return `${id}  version ${version ?? 'unknown'} CANNOT BE USED: ${result.mistakes[0]?.text}; npm run election -- show ${id}\n`;
  const { opensAt, closesAt, name } = result.election.definition;
  return `${id}  version ${version}  ${opensAt} to ${closesAt}  ${name}\n`;
}

function summarise({ id, version, result }: Found) {
  if (!result.ok) return { election: id, version, mistakes: result.mistakes.map(({ text }) => text) };
  const { election, name, opensAt, closesAt, resultsStatus } = result.election.definition;
  return { election, version, name, opensAt, closesAt, resultsStatus };
}

/** What an official wants to see before the doors open. */
export async function describeElection(office: Office, id: string, nowMs: number): Promise<Outcome> {
  const { definition } = await needPublished(office, id);
  const kiosks = await readKiosks(office, definition);
  const { withdrawn } = await readPublicKeys(office, definition.election);
  const { regions, contests, timeZone, identification } = definition;
  const stations = regions.reduce((sum, region) => sum + region.stations.length, 0);
  const localTime = (instant: string) => describeInstant(instant, timeZone);
  const facts: Readonly<Record<string, string>> = {
    election: `${id}, version ${definition.version}: ${definition.name}`,
    voting: describeVoting(definition.opensAt, definition.closesAt, nowMs),
    opens: localTime(definition.opensAt),
    closes: `${localTime(definition.closesAt)}, and ${definition.graceSeconds} s for kiosks to deliver`,
    results: describeResults(definition),
    'on the ballot': `${contests.length} contests, ${definition.ballotStyles.length} ballot styles`,
    where: `${regions.length} regions, ${stations} stations`,
    keys: `${regions.reduce((sum, region) => sum + region.passKeys.length, 0)} for passes, ${definition.receiptKeys?.length ?? 0} for receipts, ${definition.kioskKeys?.length ?? 0} for kiosks, ${definition.officeKeys?.length ?? 0} for their files; ${withdrawn.length} withdrawn`,
    kiosks:
      (definition.kioskKeys ?? []).length === 0
        ? 'anybody can be one (for tests only)'
        : `${kiosks.filter(({ isRevoked }) => !isRevoked).length} registered, ${kiosks.filter(({ isRevoked }) => isRevoked).length} revoked`,
    'identified by': describeIdentification(identification),
  };
  const text = Object.entries(facts).map(([name, value]) => `${name.padEnd(14)} ${value}\n`);
  const kioskLines = kiosks.map((kiosk) => `  ${describeKiosk(kiosk, definition)}\n`);
  return { text: [...text, ...kioskLines].join(''), json: { definition, withdrawnKeys: withdrawn, kiosks } };
}

function describeResults({
  resultsVisibility,
  resultsStatus,
  suppressForPrivacyBelowBallots: ballots,
}: Definition): string {
  const suppressed = ballots === undefined ? '' : `, suppressed below ${ballots} ballots`;
  return `${resultsVisibility}, ${resultsStatus}${suppressed}`;
}

interface ShownKiosk {
  readonly kiosk: string;
  /** Null: the trail tells of none; it was revoked all the same. */
  readonly registered: Omit<KnownKiosk, 'kiosk'> | null;
  readonly isRevoked: boolean;
}

async function readKiosks(office: Office, { election }: Definition): Promise<ShownKiosk[]> {
  const { revoked } = await readRevoked(office, election);
  const known = await readRegistered(office, election);
  const ids = new Set(known.map(({ kiosk }) => kiosk));
  const others = [...revoked].filter((kiosk) => !ids.has(kiosk));
  const isRevoked = (kiosk: string) => (revoked as ReadonlySet<string>).has(kiosk);
  return [
    ...known.map(({ kiosk, ...registered }) => ({ kiosk, registered, isRevoked: isRevoked(kiosk) })),
    ...others.map((kiosk) => ({ kiosk, registered: null, isRevoked: true })),
  ];
}

function describeKiosk({ kiosk, registered, isRevoked }: ShownKiosk, definition: Definition): string {
  const place = registered === null ? 'never registered here' : `${registered.region}/${registered.station}`;
  if (!isRevoked && registered?.file != null) return `${kiosk}  ${place}  brought a file, once`;
  if (isRevoked || registered === null) return `${kiosk}  ${place}  REVOKED`;
  if (registered.isVoid) return `${kiosk}  ${place}  ITS CREDENTIAL IS VOID: register it again`;
  const isShort = Date.parse(registered.until) < endOfGraceMs(definition);
  const until = `until ${describeInstant(registered.until, definition.timeZone)}`;
  return `${kiosk}  ${place}  ${until}${isShort ? ', BEFORE THE GRACE ENDS: register it again' : ''}`;
}

function describeVoting(opensAt: string, closesAt: string, nowMs: number): string {
  if (nowMs < Date.parse(opensAt)) return 'not open yet';
  return nowMs < Date.parse(closesAt) ? 'open' : 'closed';
}

function describeIdentification(
  identification: { accessCodes?: string | undefined; providers: readonly { issuer: string }[] } | undefined,
): string {
  if (identification === undefined) return 'nobody: no passes are issued here';
  const codes =
    identification.accessCodes === undefined ? [] : [`${identification.accessCodes} access codes`];
  return [...codes, ...identification.providers.map(({ issuer }) => issuer)].join(', ') || 'nobody';
}
