const workerPath = '/kiosk/sw.js';
const scope = '/kiosk';

interface TrustedTypes {
  createPolicy(
    name: 'ballotstream',
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): string };
}

/** The one address that may become a script here; the page's policy knows this policy by its name. */
function trustWorkerPath(): string {
  const { trustedTypes } = globalThis as unknown as { readonly trustedTypes?: TrustedTypes };
  if (trustedTypes === undefined) return workerPath;
  const rules = {
    createScriptURL(url: string) {
      if (url !== workerPath) throw new TypeError(`${url} is no script of ours`);
      return url;
    },
  };
  return trustedTypes.createPolicy('ballotstream', rules).createScriptURL(workerPath);
}

/** Resolves to whether the kiosk now opens without a network. */
export async function registerWorker(): Promise<boolean> {
  if (!('serviceWorker' in navigator)) return false;
  try {
    await navigator.serviceWorker.register(trustWorkerPath(), { scope });
    await navigator.serviceWorker.ready;
    return true;
  } catch {
    return false;
  }
}
