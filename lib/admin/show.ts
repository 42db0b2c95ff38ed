import type { Outcome } from './command-line.ts';
import { readRevoked } from './kiosks.ts';
import type { Office } from './office.ts';
import { needPublished, readPublished } from './publish.ts';

/** One line an election. */
export async function describeElections(office: Office): Promise<Outcome> {
  const keys = await office.objects.list('elections/');
  const ids = [...new Set(keys.flatMap((key) => /^elections\/([^/]+)\/latest\.json$/.exec(key)?.[1] ?? []))];
  const elections = [];
  for (const id of ids) {
    const published = await readPublished(office, id);
    if (published !== null) {
      const { election, version, name, opensAt, closesAt, resultsStatus } = published.definition;
      elections.push({ election, version, name, opensAt, closesAt, resultsStatus });
    }
  }
  const lines = elections.map(
    ({ election, version, opensAt, closesAt, name }) =>
      `${election}  version ${version}  ${opensAt} to ${closesAt}  ${name}\n`,
  );
  return { text: lines.length === 0 ? 'none is published\n' : lines.join(''), json: { elections } };
}

/** What an official wants to see before the doors open. */
export async function describeElection(office: Office, id: string, nowMs: number): Promise<Outcome> {
  const { definition } = await needPublished(office, id);
  const { revoked } = await readRevoked(office, id);
  const { regions, contests, timeZone, identification } = definition;
  const stations = regions.reduce((sum, region) => sum + region.stations.length, 0);
  const localTime = (instant: string) =>
    `${new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(new Date(instant))} ${timeZone} (${instant})`;
  const facts: Readonly<Record<string, string>> = {
    election: `${id}, version ${definition.version}: ${definition.name}`,
    voting: describeVoting(definition.opensAt, definition.closesAt, nowMs),
    opens: localTime(definition.opensAt),
    closes: `${localTime(definition.closesAt)}, and ${definition.graceSeconds} s for kiosks to deliver`,
    results: `${definition.resultsVisibility}, ${definition.resultsStatus}`,
    'on the ballot': `${contests.length} contests, ${definition.ballotStyles.length} ballot styles`,
    where: `${regions.length} regions, ${stations} stations`,
    keys: `${regions.reduce((sum, region) => sum + region.passKeys.length, 0)} for passes, ${definition.receiptKeys?.length ?? 0} for receipts, ${definition.kioskKeys?.length ?? 0} for kiosks`,
    kiosks:
      (definition.kioskKeys ?? []).length === 0
        ? 'anybody can be one (for tests only)'
        : `${revoked.size} revoked`,
    'identified by': describeIdentification(identification),
  };
  const text = Object.entries(facts).map(([name, value]) => `${name.padEnd(14)} ${value}\n`);
  return { text: text.join(''), json: { definition, revokedKiosks: [...revoked] } };
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
