import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpFront, startHttpFront } from '../../../lib/local/http-front.ts';
import { layPages } from '../../../lib/local/lay-pages.ts';
import { openPages } from '../../../lib/local/page-files.ts';
import { cacheControl, contentSecurityPolicy, pageHeaders } from '../../../lib/page-headers.ts';
import { pages } from '../../../lib/web-pages.ts';
import { makeDirectory } from '../../support/local-services.ts';

const directory = makeDirectory();
let front: HttpFront;
let origin: string;

beforeAll(async () => {
  const built = join(directory.path, 'pages');
  layPages(built, ['demo', 'town-2026']);
  const target = async () => ({ statusCode: 200, headers: {}, body: 'the API' });
  front = await startHttpFront({
    port: 0,
    rules: [{ name: 'api', pathPattern: '*', target }],
    headerMode: 'single',
    pages: openPages(built, ['https://id.example.org']),
  });
  origin = `http://127.0.0.1:${front.port}`;
});
afterAll(async () => {
  await front.stop(0);
  directory.remove();
});

const bodyOf = async (path: string, init?: RequestInit) => (await fetch(origin + path, init)).text();

describe('pages at the local front', () => {
  it('are answered below their paths, with the headers that they have in the cloud', async () => {
    for (const { path, title } of pages) {
      // The home page is one address: below it is everything else.
      for (const rest of path === '/' ? ['', '?x=y'] : ['', '/', '/demo', '/demo/x?y=z']) {
        const response = await fetch(origin + path + rest);
        expect(await response.text()).toContain(`<title>${title}</title>`);
        expect(Object.fromEntries(response.headers)).toMatchObject({
          ...pageHeaders,
          'content-type': 'text/html; charset=utf-8',
          'cache-control': cacheControl.page,
          'content-security-policy': contentSecurityPolicy(['https://id.example.org']),
          'x-content-type-options': 'nosniff',
        });
      }
    }
  });

  it('bring what they name, for good', async () => {
    const document = await bodyOf('/vote/demo');
    for (const [, path] of document.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const response = await fetch(origin + path);
      expect([path, response.status, response.headers.get('cache-control')]).toEqual([
        path,
        200,
        cacheControl.asset,
      ]);
      expect((await response.arrayBuffer()).byteLength).toBe(Number(response.headers.get('content-length')));
    }
  });

  it('name the elections of this machine on the home page alone', async () => {
    expect(await bodyOf('/')).toContain('<meta name="local-elections" content="demo town-2026">');
    for (const { path } of pages.filter((page) => page.path !== '/'))
      expect(await bodyOf(path)).not.toContain('local-elections');
  });

  it('leave everything else, and everything that is sent, to the API', async () => {
    for (const path of [
      '//',
      '//vote',
      '/home',
      '/home.html',
      '/votes',
      '/vote.html',
      '/assets/nothing.js',
      '/v1/elections/demo',
    ])
      expect([path, await bodyOf(path)]).toEqual([path, 'the API']);
    expect(await bodyOf('/vote/demo', { method: 'POST', body: '{}' })).toBe('the API');
    const head = await fetch(`${origin}/vote/demo`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(400);
  });
});
