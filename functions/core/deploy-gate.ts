import type { Election } from './election.ts';

/**
 * How long before the opening deployments are refused: a new version takes its environments from the old one
 * while they are being allocated, and that has to be over when people come.
 */
export const freezeBeforeOpeningMs = 2 * 3600 * 1000;

/** Whether votes are taken now, will be within `freezeBeforeOpeningMs`, or may still come from kiosks. */
function isBusy({ opensAtMs, closesAtMs, graceMs }: Election, nowMs: number): boolean {
  return nowMs >= opensAtMs - freezeBeforeOpeningMs && nowMs < closesAtMs + graceMs;
}

/**
 * Why nothing should be deployed now; null: nothing speaks against it.
 *
 * @param elections the latest versions of all that are published
 */
export function refuseDeployment(elections: readonly Election[], nowMs: number): string | null {
  const busy = elections.filter((election) => isBusy(election, nowMs));
  if (busy.length === 0) return null;
  const list = busy.map(({ definition, closesAtMs, graceMs }) => {
    const until = new Date(closesAtMs + graceMs).toISOString();
    return `${definition.election} (until ${until})`;
  });
  return `votes are taken for ${list.join(', ')}; to deploy all the same: -c force=yes`;
}
