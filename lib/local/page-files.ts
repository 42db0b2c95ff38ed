import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentSecurityPolicy, pageHeaders, plainSecurityHeaders } from '../page-headers.ts';
import { pageOf } from '../page-paths.ts';
import { assetsPath, pages } from '../web-pages.ts';

export type PageAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

/** What a page's address is answered with; null: it is none. The method is GET or HEAD. */
export type PageFiles = (path: string) => PageAnswer | null;

/** One file of the directory: named by its place in the list. */
export type KeptPage = { readonly path: string; readonly contentType: string; readonly cacheControl: string };

export const listName = 'files.json';

/**
 * Stands in for the distribution's way to the bucket of pages: the same addresses, headers and policy. All in
 * memory, some 200 KB.
 *
 * @param identityOrigins see `contentSecurityPolicy`
 */
export function openPages(directory: string, identityOrigins: readonly string[]): PageFiles {
  const list = JSON.parse(readFileSync(join(directory, listName), 'utf8')) as readonly KeptPage[];
  const common = {
    ...plainSecurityHeaders,
    ...pageHeaders,
    'content-security-policy': contentSecurityPolicy(identityOrigins),
  };
  const answers = new Map<string, PageAnswer>(
    list.map(({ path, contentType, cacheControl }, index) => [
      path,
      {
        status: 200,
        headers: { ...common, 'content-type': contentType, 'cache-control': cacheControl },
        body: readFileSync(join(directory, String(index))),
      },
    ]),
  );
  return (path) => {
    const own = answers.get(path);
    if (own !== undefined) return path.endsWith('.html') ? null : own;
    if (path.startsWith(`${assetsPath}/`)) return null;
    const page = pageOf(pages, path);
    return page === undefined ? null : (answers.get(`/${page.name}.html`) ?? null);
  };
}
