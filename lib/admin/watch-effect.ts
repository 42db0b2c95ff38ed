import { setTimeout as sleep } from 'node:timers/promises';
import type { Election } from '../../functions/core/election.ts';
import type { Definition } from '../../schema/wire/definition.ts';
import type { Outcome } from './command-line.ts';
import type { Office } from './office.ts';

/** Definitions are looked after every 6 s, and 12 s at most. */
const waitMsMax = 20_000;
const pollMs = 500;

/** Makes the database ready for what was published just now, and says when the API answers with it. */
export async function watchEffect(office: Office, published: Election, said: string): Promise<Outcome> {
  const { election, version } = published.definition;
  await office.register(published);
  if (office.endpoint === null)
    return { text: `${said}\n`, json: { election, version, isNew: true, effectiveAfterMs: null } };
  const tookMs = await waitForVersion(office.endpoint, published.definition, waitMsMax);
  const effect =
    tookMs === null
      ? `not seen at ${office.endpoint} within ${waitMsMax / 1000} s: look at its logs`
      : `in effect at ${office.endpoint} after ${(tookMs / 1000).toFixed(1)} s`;
  return {
    text: `${said}; ${effect}\n`,
    json: { election, version, isNew: true, effectiveAfterMs: tookMs },
    exitCode: tookMs === null ? 1 : 0,
  };
}

/**
 * Waits until the API answers with this version.
 * @returns milliseconds that it took; null: not within `waitMs`
 */
async function waitForVersion(
  endpoint: string,
  { election, version }: Pick<Definition, 'election' | 'version'>,
  waitMs: number,
): Promise<number | null> {
  const beganMs = performance.now();
  while (performance.now() - beganMs < waitMs) {
    const shown = await fetchVersion(`${endpoint}/v1/elections/${election}`);
    if (shown !== null && shown >= version) return performance.now() - beganMs;
    await sleep(pollMs);
  }
  return null;
}

async function fetchVersion(url: string): Promise<number | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    const body = (await response.json()) as { version?: unknown };
    return typeof body.version === 'number' ? body.version : null;
  } catch {
    return null;
  }
}
