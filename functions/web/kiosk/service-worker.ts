/** What the build puts in: see lib/web-bundle.ts. */
declare const PRECACHED: {
  /** Of everything below: another one as soon as anything of it changes. */
  readonly version: string;
  readonly page: string;
  /** Of the page's bytes, hex. */
  readonly sha256: string;
  readonly assets: readonly string[];
};

/** Of lib.webworker.d.ts, which cannot stand beside the DOM's, what is used here. */
interface WorkerScope {
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  addEventListener(
    type: 'install' | 'activate',
    listener: (event: { waitUntil(work: Promise<unknown>): void }) => void,
  ): void;
  addEventListener(
    type: 'fetch',
    listener: (event: { readonly request: Request; respondWith(answer: Promise<Response>): void }) => void,
  ): void;
}

const worker = globalThis as unknown as WorkerScope;
const prefix = 'kiosk-';
/** A page and its files are kept and dropped together. */
const cacheName = `${prefix}${PRECACHED.version}`;

/**
 * Serves the kiosk without a network. A new version is fetched whole beside the old one, and takes over when the kiosk
 * is opened the next time: nothing changes under a voter's hands.
 */
worker.addEventListener('install', (event) => event.waitUntil(install()));
worker.addEventListener('activate', (event) => event.waitUntil(activate()));
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== worker.location.origin) return;
  if (request.mode === 'navigate') event.respondWith(answer(PRECACHED.page, request));
  else if (PRECACHED.assets.includes(pathname)) event.respondWith(answer(pathname, request));
});

/** The edge may still have the page of another version: then this one waits for the next try. */
async function install(): Promise<void> {
  const cache = await caches.open(cacheName);
  await cache.addAll(PRECACHED.assets);
  const page = await fetch(PRECACHED.page, { cache: 'no-store' });
  if (!page.ok || (await hash(await page.clone().arrayBuffer())) !== PRECACHED.sha256) {
    throw new Error('the page is of another version than its service worker');
  }
  await cache.put(PRECACHED.page, page);
}

async function hash(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function activate(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(prefix) && name !== cacheName);
  await Promise.all(old.map((name) => caches.delete(name)));
  await worker.clients.claim();
}

async function answer(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  return (await cache.match(path)) ?? fetch(request);
}
