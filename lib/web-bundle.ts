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
 * @throws esbuild's BuildFailure, which names file and line
 */
export function bundlePages(pages: readonly Page[]): WebBundle {
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
  const documents = pages.map((page): WebFile => {
    const script = outputOf(metafile, entryOf(page.name));
    const early = importsOf(metafile, script, ['import-statement']);
    return {
      path: `/${page.name}.html`,
      contentType: 'text/html; charset=utf-8',
      cacheControl: cacheControl.page,
      body: new TextEncoder().encode(writeDocument(page.title, { script, early, style, icon })),
    };
  });
  const filesOf = (page: string) => {
    const script = outputOf(metafile, entryOf(page));
    return [script, ...importsOf(metafile, script, ['import-statement', 'dynamic-import']), style];
  };
  const workers = pages
    .filter(({ hasServiceWorker }) => hasServiceWorker === true)
    .map((page) => bundleWorker(page, [...filesOf(page.name), icon]));
  return { files: [...assets, ...documents, ...workers], filesOf };
}

/** At an address of its own, which never changes: browsers look there for a new one. */
function bundleWorker(page: Page, assets: readonly string[]): WebFile {
  const [script] = assets;
  const { outputFiles } = buildSync({
    ...options,
    entryPoints: [`functions/web/${page.name}/service-worker.ts`],
    define: { PRECACHED: JSON.stringify({ page: page.path, script, assets }) },
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

interface DocumentParts {
  readonly script: string;
  /** Asked for at once, not only when the script that needs them has come. */
  readonly early: readonly string[];
  readonly style: string;
  readonly icon: string;
}

/** Its own header is there before any script has run, and stays when the script takes over. */
function writeDocument(title: string, { script, early, style, icon }: DocumentParts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="${icon}" type="image/svg+xml">
<link rel="stylesheet" href="${style}">
${early.map((path) => `<link rel="modulepreload" href="${path}">`).join('\n')}
<script type="module" src="${script}"></script>
</head>
<body>
<div id="page"><header class="frame"><span class="brand">Ballotstream</span></header></div>
<noscript><p class="notice">This page needs JavaScript. <span lang="de">Diese Seite braucht JavaScript.</span></p></noscript>
</body>
</html>
`;
}

const types: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

function typeOf(path: string): string {
  return types[path.slice(path.lastIndexOf('.') + 1)] ?? missing(path);
}
