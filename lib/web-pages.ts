/**
 * The pages for people. Each is one HTML file with one script; what it shows follows from its address, so
 * every address below a page's path gets the same file.
 */
export interface Page {
  /** Of its script: `functions/web/<name>/main.tsx`. */
  readonly name: string;
  /** Until the script has chosen a language. */
  readonly title: string;
  /** What a search engine or a messenger shows of it. */
  readonly description: string;
  /** First part of its path; everything below is the page's too, but for `/`, which is only itself. */
  readonly path: string;
  /** `functions/web/<name>/service-worker.ts` serves it without a network, from `<path>/sw.js`. */
  readonly hasServiceWorker?: boolean;
  /** Only where the whole pipeline is on one machine: neither uploaded nor routed in AWS. */
  readonly isLocalOnly?: boolean;
}

export const pages: readonly Page[] = [
  {
    name: 'home',
    title: 'Vote, and follow the count',
    description: 'Cast a ballot, follow the count, and check that your vote is in it.',
    path: '/',
  },
  {
    name: 'vote',
    title: 'Ballot',
    description: 'Cast your ballot: identify yourself, mark, review, and take your receipt.',
    path: '/vote',
  },
  {
    name: 'receipts',
    title: 'Check my vote',
    description: 'Check with your receipt that your ballot was accepted and is in the count.',
    path: '/receipts',
  },
  {
    name: 'results',
    title: 'Results',
    description: 'The results of an election as they are counted, by region and by polling station.',
    path: '/results',
  },
  {
    name: 'kiosk',
    title: 'Kiosk',
    description: 'A voting device for a polling station, with or without a network.',
    path: '/kiosk',
    hasServiceWorker: true,
  },
  {
    name: 'ops',
    title: 'Operator',
    description: 'Whether every vote that was accepted is recorded, on this machine.',
    path: '/ops',
    isLocalOnly: true,
  },
];

export const publicPages = pages.filter(({ isLocalOnly }) => isLocalOnly !== true);

export const serviceWorkerPath = ({ path }: Page): string => `${path}/sw.js`;

/** Where hashed files are; their addresses change with their contents. */
export const assetsPath = '/assets';
