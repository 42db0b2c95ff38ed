/**
 * The pages for people. Each is one HTML file with one script; what it shows follows from its address, so
 * every address below a page's path gets the same file.
 */
export interface Page {
  /** Of its script: `functions/web/<name>/main.tsx`. */
  readonly name: string;
  /** Until the script has chosen a language. */
  readonly title: string;
  /** First part of its path; everything below is the page's too. */
  readonly path: string;
  /** `functions/web/<name>/service-worker.ts` serves it without a network, from `<path>/sw.js`. */
  readonly hasServiceWorker?: boolean;
  /** Only where the whole pipeline is on one machine: neither uploaded nor routed in AWS. */
  readonly isLocalOnly?: boolean;
}

export const pages: readonly Page[] = [
  { name: 'vote', title: 'Ballot', path: '/vote' },
  { name: 'receipts', title: 'Check my vote', path: '/receipts' },
  { name: 'results', title: 'Results', path: '/results' },
  { name: 'kiosk', title: 'Kiosk', path: '/kiosk', hasServiceWorker: true },
  { name: 'ops', title: 'Operator', path: '/ops', isLocalOnly: true },
];

export const publicPages = pages.filter(({ isLocalOnly }) => isLocalOnly !== true);

export const serviceWorkerPath = ({ path }: Page): string => `${path}/sw.js`;

/** Where hashed files are; their addresses change with their contents. */
export const assetsPath = '/assets';
