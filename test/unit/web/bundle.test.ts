import { createHash } from 'node:crypto';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bundlePages, bundleWorker, type WebFile } from '../../../lib/web-bundle.ts';
import { pages, publicPages } from '../../../lib/web-pages.ts';

const bundle = bundlePages(pages);
const bodyOf = (path: string): Buffer => {
  const file = bundle.files.find((one) => one.path === path);
  if (file === undefined) throw new Error(`no ${path}`);
  return Buffer.from(file.body);
};
const text = (path: string) => bodyOf(path).toString('utf8');

/** As CloudFront compresses: brotli at a middling level, or gzip for who does not take that. */
const brotli = (bytes: Buffer) =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }).length;
const weigh = (page: string) => {
  const scripts = bundle.filesOf(page).filter((path) => path.endsWith('.js'));
  const sum = (weight: (bytes: Buffer) => number) =>
    scripts.reduce((total, path) => total + weight(bodyOf(path)), 0);
  return { brotli: sum(brotli), gzip: sum((bytes) => gzipSync(bytes).length) };
};

describe('the pages’ weight', () => {
  it.each([['vote', 60 * 1024]])(
    'of %s is at most %i bytes of script, all that it may ever load',
    (page, bytesMax) => {
      const { brotli: weight, gzip } = weigh(page);
      console.log(`${page}: ${weight} bytes of script with brotli, ${gzip} with gzip`);
      expect(weight).toBeLessThanOrEqual(bytesMax);
      expect(gzip).toBeLessThanOrEqual(bytesMax);
    },
  );

  it('leaves what blinds and what draws a QR code to when it is needed', () => {
    const document = text('/vote.html');
    const early = [...document.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(
      ([, path]) => path ?? '',
    );
    const late = bundle.filesOf('vote').filter((path) => path.endsWith('.js') && !early.includes(path));
    expect(late.length).toBeGreaterThanOrEqual(2);
    expect(early.reduce((sum, path) => sum + brotli(bodyOf(path)), 0)).toBeLessThanOrEqual(25 * 1024);
  });
});

describe('the bundle', () => {
  it('is the same bytes under the same names every time', () => {
    const digest = ({ files }: typeof bundle) =>
      files.map(({ path, body }) => [path, createHash('sha256').update(body).digest('hex')]);
    expect(digest(bundlePages(pages))).toEqual(digest(bundle));
  });

  it('names every asset by its content, and lets only those be kept for good', () => {
    for (const { path, cacheControl } of bundle.files) {
      const isHashed = /^\/assets\/[a-z-]+-[A-Z0-9]{8}\.(js|css|svg|webmanifest)$/.test(path);
      expect([path, isHashed]).toEqual([path, path.startsWith('/assets/')]);
      expect(cacheControl.includes('immutable')).toBe(isHashed);
    }
  });

  it('asks for nothing outside, and has no script or style in its documents', () => {
    for (const { path, contentType } of bundle.files) {
      if (contentType.startsWith('text/html')) {
        expect(text(path)).not.toMatch(/<style|<script(?![^>]* src="\/assets\/)|style="|\son\w+="/);
      }
      if (!path.endsWith('.js'))
        expect(text(path).replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\//);
    }
  });

  it('has a document for every page, which names files that are there', () => {
    for (const { name, description } of pages) {
      expect(text(`/${name}.html`)).toContain(`<meta name="description" content="${description}">`);
      const named = [...text(`/${name}.html`).matchAll(/(?:src|href)="([^"]+)"/g)].map(
        ([, path]) => path ?? '',
      );
      expect(named.length).toBeGreaterThanOrEqual(3);
      for (const path of named) expect(bodyOf(path).length).toBeGreaterThan(0);
    }
  });

  it('gives the kiosk’s service worker everything that the kiosk loads, and changes with it', () => {
    const worker = text('/kiosk/sw.js');
    for (const path of bundle.filesOf('kiosk')) expect(worker).toContain(path);
    for (const [, path] of text('/kiosk.html').matchAll(/(?:src|href)="([^"]+)"/g))
      expect(worker).toContain(path);
    const kiosk = pages.find(({ name }) => name === 'kiosk');
    const document = bundle.files.find(({ path }) => path === '/kiosk.html');
    if (kiosk === undefined || document === undefined) throw new Error('no kiosk');
    const versionOf = (page: WebFile, assets: readonly string[]) => {
      const built = Buffer.from(bundleWorker(kiosk, page, assets).body).toString('utf8');
      return /version:"([0-9a-f]{64})"/.exec(built)?.[1];
    };
    const assets = ['/assets/main-A.js', '/assets/design-A.css'];
    const versions = [
      versionOf(document, assets),
      versionOf(document, ['/assets/main-A.js', '/assets/design-B.css']),
      versionOf({ ...document, body: Buffer.concat([document.body, Buffer.from(' ')]) }, assets),
    ];
    expect(new Set(versions).size).toBe(3);
    expect(versions).not.toContain(undefined);
    expect(versionOf(document, assets)).toBe(versions[0]);
  });

  it('lets a polling station install the kiosk, in full screen', () => {
    const [, path = ''] = /<link rel="manifest" href="([^"]+)">/.exec(text('/kiosk.html')) ?? [];
    const manifest = JSON.parse(text(path)) as Record<string, unknown> & { icons: { src: string }[] };
    expect(manifest).toMatchObject({ display: 'fullscreen', start_url: '/kiosk', scope: '/kiosk' });
    for (const { src } of manifest.icons) expect(bodyOf(src).length).toBeGreaterThan(0);
    expect(text('/vote.html')).not.toContain('manifest');
  });

  it('uploads nothing that is for this machine only', () => {
    expect(publicPages.every(({ isLocalOnly }) => isLocalOnly !== true)).toBe(true);
    const paths = bundlePages(publicPages).files.map(({ path }) => path);
    expect(paths.some((path) => path.startsWith('/ops'))).toBe(false);
    const home = bundlePages(publicPages).files.find(({ path }) => path === '/home.html');
    expect(Buffer.from(home?.body ?? []).toString()).not.toContain('local-elections');
  });
});
