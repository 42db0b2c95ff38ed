import type { Progress } from '../../../schema/wire/progress.ts';
import type { Results } from '../../../schema/wire/results.ts';
import { isNewer, type Standing } from './positions.ts';

export type RegionResult = NonNullable<Results['regions']>[number];
export type StationResult = NonNullable<RegionResult['stations']>[number];

/** The stations of one region as far as they have come, page by page; each page at a position of its own. */
export interface StationPage extends Standing {
  /** Of the request; undefined for the first page. */
  readonly after: string | undefined;
  readonly nextAfter: string | undefined;
  readonly stations: readonly StationResult[];
}

/** Everything that the page has heard so far. */
export interface ResultsState {
  /** By region, from one snapshot: regions always add up to the election. */
  readonly results: Results | null;
  readonly progress: Progress | null;
  /** Pages by region, in order. */
  readonly stations: ReadonlyMap<string, readonly StationPage[]>;
}

export const nothingYet: ResultsState = { results: null, progress: null, stations: new Map() };

export type ResultsAnswer =
  | { readonly kind: 'results'; readonly body: Results }
  | { readonly kind: 'progress'; readonly body: Progress }
  | { readonly kind: 'stations'; readonly after: string | undefined; readonly body: Results };

/** Takes an answer in, whenever it comes. The same state, the very object, when it says nothing new. */
export function takeIn(state: ResultsState, answer: ResultsAnswer): ResultsState {
  switch (answer.kind) {
    case 'results':
      return isNewer(answer.body, state.results) ? { ...state, results: answer.body } : state;
    case 'progress':
      return isNewer(answer.body, state.progress) ? { ...state, progress: answer.body } : state;
    case 'stations':
      return takeInStations(state, answer.after, answer.body);
  }
}

function takeInStations(state: ResultsState, after: string | undefined, body: Results): ResultsState {
  const region = body.regions?.[0];
  if (region === undefined) return state;
  const pages = state.stations.get(region.region) ?? [];
  const shown = pages.find((page) => page.after === after) ?? null;
  if (!isNewer(body, shown)) return state;
  const page: StationPage = {
    definition: body.definition,
    version: body.version,
    asOf: body.asOf,
    status: body.status,
    after,
    nextAfter: region.nextAfter,
    stations: region.stations ?? [],
  };
  const others = pages.filter((one) => one.after !== after);
  return {
    ...state,
    stations: new Map([...state.stations, [region.region, chainPages([...others, page])]]),
  };
}

/** From the first page along `nextAfter`; what does not hang on it any more is let go. */
function chainPages(pages: readonly StationPage[]): readonly StationPage[] {
  const byAfter = new Map(pages.map((page) => [page.after, page]));
  const chain: StationPage[] = [];
  let page = byAfter.get(undefined);
  while (page !== undefined && !chain.includes(page)) {
    chain.push(page);
    page = page.nextAfter === undefined ? undefined : byAfter.get(page.nextAfter);
  }
  return chain;
}

/** The stations of a region, each with where its page stands; null: none have come yet. */
export function stationsOf(
  state: ResultsState,
  region: string,
): readonly (StationResult & { readonly standing: Standing })[] | null {
  const pages = state.stations.get(region);
  return pages === undefined || pages.length === 0
    ? null
    : pages.flatMap((page) => page.stations.map((one) => ({ ...one, standing: page })));
}

/** `after` of the page to ask for behind those that are there; null: all are there. */
export function nextPageOf(state: ResultsState, region: string): string | null {
  return state.stations.get(region)?.at(-1)?.nextAfter ?? null;
}
