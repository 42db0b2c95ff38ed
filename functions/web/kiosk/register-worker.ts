const workerPath = '/kiosk/sw.js';
const scope = '/kiosk';

interface TrustedTypes {
  createPolicy(
    name: 'ballotstream',
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): string };
}

let trusted: string | undefined;

/** The one address that may become a script here; the page's policy knows this policy by its name, once. */
function trustWorkerPath(): string {
  const { trustedTypes } = globalThis as unknown as { readonly trustedTypes?: TrustedTypes };
  if (trustedTypes === undefined) return workerPath;
  const rules = {
    createScriptURL(url: string) {
      if (url !== workerPath) throw new TypeError(`${url} is no script of ours`);
      return url;
    },
  };
  trusted ??= trustedTypes.createPolicy('ballotstream', rules).createScriptURL(workerPath);
  return trusted;
}

/** Resolves to whether the kiosk now opens without a network. May be called again. */
export async function registerWorker(): Promise<boolean> {
  if (!('serviceWorker' in navigator)) return false;
  try {
    const registration = await navigator.serviceWorker.register(trustWorkerPath(), { scope });
    const { installing, waiting, active } = registration;
    // Of another version, it serves that one whole.
    if (active !== null) return true;
    const worker = installing ?? waiting;
    return worker !== null && (await isActivated(worker));
  } catch {
    return false;
  }
}

/** `serviceWorker.ready` would wait for ever for one whose installation has failed. */
function isActivated(worker: ServiceWorker): Promise<boolean> {
  return new Promise((resolve) => {
    const look = () => {
      if (worker.state === 'activated') resolve(true);
      if (worker.state === 'redundant') resolve(false);
    };
    worker.addEventListener('statechange', look);
    look();
  });
}
