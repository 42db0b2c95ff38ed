import { createHash } from 'node:crypto';
import { type BuildOptions, buildSync, type Metafile } from 'esbuild';
import { repositoryRoot } from './bundle-options.ts';
import { cacheControl } from './page-headers.ts';
import { assetsPath, type Page, serviceWorkerPath } from './web-pages.ts';

export interface WebFile {
  /** As in its address: `/assets/vote-ABCD1234.js`, `/vote.html`. */
  readonly path: string;
  readonly contentType: string;
  readonly cacheControl: string;
  readonly body: Uint8Array;
}

export interface WebBundle {
  readonly files: readonly WebFile[];
  /**
   * Paths of all scripts that a page loads, early or late, and those of its styles.
   * @throws Error for a page that was not built
   */
  filesOf(page: string): readonly string[];
}

/** Of phones that people have: Safari 15.4, Chrome 100 and later, which speak ES2022. */
const target = 'es2022';
const styleEntry = 'functions/web/design/design.css';
const iconEntry = 'functions/web/design/icon.svg';
const entryOf = (name: string): string => `functions/web/${name}/main.tsx`;

const options = {
  absWorkingDir: repositoryRoot,
  bundle: true,
  format: 'esm',
  target,
  minify: true,
  jsx: 'automatic',
  jsxImportSource: 'hono/jsx/dom',
  legalComments: 'none',
  charset: 'utf8',
  logLevel: 'silent',
  write: false,
} as const satisfies BuildOptions;

/**
 * Builds the pages: the same bytes for `npm start`, tests and the stacks. Some 100 ms; the caller keeps them.
 *
 * @param localElections where the whole pipeline is on one machine: the elections that its home page names
 * @throws esbuild's BuildFailure, which names file and line
 */
export function bundlePages(pages: readonly Page[], localElections?: readonly string[]): WebBundle {
  const { metafile, outputFiles } = buildSync({
    ...options,
    entryPoints: [...pages.map(({ name }) => entryOf(name)), styleEntry, iconEntry],
    // `vote-ABCD1234.js`, not `main-…`: the folder says which page it is.
    entryNames: '[dir]-[hash]',
    chunkNames: 'shared-[hash]',
    outbase: 'functions/web',
    outdir: assetsPath.slice(1),
    loader: { '.svg': 'copy' },
    splitting: true,
    metafile: true,
  });
  const assets = outputFiles.map(({ path, contents }): WebFile => {
    const name = path.slice(repositoryRoot.length - 1);
    return { path: name, contentType: typeOf(name), cacheControl: cacheControl.asset, body: contents };
  });
  const icon = assets.find(({ path }) => path.endsWith('.svg'))?.path ?? missing(iconEntry);
  const style = outputOf(metafile, styleEntry);
  const filesOf = (page: string) => {
    const script = outputOf(metafile, entryOf(page));
    return [script, ...importsOf(metafile, script, ['import-statement', 'dynamic-import']), style];
  };
  const perPage = pages.flatMap((page): WebFile[] => {
    const script = outputOf(metafile, entryOf(page.name));
    const early = importsOf(metafile, script, ['import-statement']);
    const parts = { script, early, style, icon, localElections };
    if (page.hasServiceWorker !== true) return [writeDocument(page, parts)];
    const manifest = writeManifest(page, icon);
    const document = writeDocument(page, { ...parts, manifest: manifest.path });
    const worker = bundleWorker(page, document, [...filesOf(page.name), icon, manifest.path]);
    return [manifest, document, worker];
  });
  return { files: [...assets, ...perPage], filesOf };
}

/**
 * At an address of its own, which never changes: browsers look there for a new one.
 *
 * @param document the page's own
 * @param assets all that it loads, named by their contents
 */
export function bundleWorker(page: Page, document: WebFile, assets: readonly string[]): WebFile {
  const sha256 = createHash('sha256').update(document.body).digest('hex');
  // Whatever changes, the cache has another name: see service-worker.ts.
  const version = createHash('sha256')
    .update(JSON.stringify([sha256, assets]))
    .digest('hex');
  const { outputFiles } = buildSync({
    ...options,
    entryPoints: [`functions/web/${page.name}/service-worker.ts`],
    define: { PRECACHED: JSON.stringify({ version, page: page.path, sha256, assets }) },
    format: 'iife',
  });
  const [file = missing(serviceWorkerPath(page))] = outputFiles;
  return {
    path: serviceWorkerPath(page),
    contentType: types['js'] ?? missing('js'),
    cacheControl: cacheControl.page,
    body: file.contents,
  };
}

/** The address of what an entry became. */
function outputOf({ outputs }: Metafile, entry: string): string {
  const found = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === entry)?.[0];
  return found === undefined ? missing(entry) : `/${found}`;
}

function missing(entry: string): never {
  throw new Error(`${entry} was not built`);
}

/** What a script imports, in any number of steps, itself left out. */
function importsOf({ outputs }: Metafile, script: string, kinds: readonly string[]): string[] {
  const found = new Set<string>();
  const visit = (name: string) => {
    for (const { path, kind, external } of outputs[name]?.imports ?? []) {
      if (external === true || !kinds.includes(kind) || found.has(path)) continue;
      found.add(path);
      visit(path);
    }
  };
  visit(script.slice(1));
  return [...found].map((name) => `/${name}`);
}

/** Lets a polling station install the page: it opens by itself then, in full screen, without an address bar. */
function writeManifest(page: Page, icon: string): WebFile {
  const manifest = {
    id: page.path,
    name: `Ballotstream: ${page.title}`,
    short_name: page.title,
    start_url: page.path,
    scope: page.path,
    display: 'fullscreen',
    icons: [{ src: icon, type: types['svg'], sizes: 'any' }],
  };
  const body = new TextEncoder().encode(JSON.stringify(manifest));
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 8).toUpperCase();
  const path = `${assetsPath}/${page.name}-${hash}.webmanifest`;
  return { path, contentType: typeOf(path), cacheControl: cacheControl.asset, body };
}

interface DocumentParts {
  readonly script: string;
  /** Asked for at once, not only when the script that needs them has come. */
  readonly early: readonly string[];
  readonly style: string;
  readonly icon: string;
  readonly manifest?: string;
  readonly localElections: readonly string[] | undefined;
}

/** Its own header is there before any script has run, and stays when the script takes over. */
function writeDocument({ name, title, description, path }: Page, parts: DocumentParts): WebFile {
  const { script, early, style, icon, manifest, localElections } = parts;
  const elections = path === '/' ? localElections : undefined;
  const text = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
<meta name="description" content="${description}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${elections === undefined ? '' : `<meta name="local-elections" content="${elections.join(' ')}">`}
<link rel="icon" href="${icon}" type="image/svg+xml">
${manifest === undefined ? '' : `<link rel="manifest" href="${manifest}">\n`}<link rel="stylesheet" href="${style}">
${early.map((file) => `<link rel="modulepreload" href="${file}">`).join('\n')}
<script type="module" src="${script}"></script>
</head>
<body>
<div id="page"><header class="frame"><span class="brand">Ballotstream</span></header></div>
<noscript><main><p class="notice">This page needs JavaScript. <span lang="de">Diese Seite braucht JavaScript.</span></p></main></noscript>
</body>
</html>
`;
  return {
    path: `/${name}.html`,
    contentType: 'text/html; charset=utf-8',
    cacheControl: cacheControl.page,
    body: new TextEncoder().encode(text),
  };
}

const types: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  webmanifest: 'application/manifest+json',
};

function typeOf(path: string): string {
  return types[path.slice(path.lastIndexOf('.') + 1)] ?? missing(path);
}
