import { type Page, serviceWorkerPath } from './web-pages.ts';

/** The page that an address belongs to: its own path, or below it. Below the home page's is everything else. */
export function pageOf(pages: readonly Page[], path: string): Page | undefined {
  return pages.find((page) => path === page.path || (page.path !== '/' && path.startsWith(`${page.path}/`)));
}

/** The same in CloudFront's pattern language, which has no "or": the star stands without a slash. */
export const patternOf = ({ path }: Page): string => (path === '/' ? path : `${path}*`);

/**
 * The same as a CloudFront Function: it leads an address to the object of its page, and others nowhere, since the
 * bucket has files that are nobody's page. Runtime 2.0 speaks ES5 with some of what came later.
 */
export function writeRewriting(pages: readonly Page[]): string {
  const files = Object.fromEntries(pages.map(({ path, name }) => [path, `/${name}.html`]));
  const workers = pages.filter(({ hasServiceWorker }) => hasServiceWorker === true).map(serviceWorkerPath);
  return `var files = ${JSON.stringify(files)};
var workers = ${JSON.stringify(workers)};
function handler(event) {
  var request = event.request;
  if (workers.indexOf(request.uri) >= 0) return request;
  var first = request.uri.split('/')[1];
  var file = first === '' && request.uri !== '/' ? undefined : files['/' + first];
  request.uri = file === undefined ? '/nothing' : file;
  return request;
}
`;
}
