import type { Results } from '../../../schema/wire/results.ts';
import { createAsker, isResults } from './ask-again.ts';
import { intervalsMs } from './poll-schedule.ts';
import { type Poller, startPoller } from './poller.ts';
import { nextPageOf, type ResultsAnswer, type ResultsState } from './results-state.ts';

export interface StationsOptions {
  /** The address of the results. */
  readonly base: string;
  readonly region: string;
  readonly isFinal: () => boolean;
  readonly take: (answer: ResultsAnswer) => void;
  readonly state: () => ResultsState;
  /** After each request: failures in a row; 0 when this one was answered. */
  readonly onFailures: (failures: number) => void;
}

/** The stations of one region, page after page, and from the first one again. */
export function pollStations(options: StationsOptions): Poller {
  const { base, region, isFinal, take, state, onFailures } = options;
  const askers = new Map<string | undefined, ReturnType<typeof createAsker<Results>>>();
  let after: string | undefined;
  return startPoller<Results>({
    intervalMs: intervalsMs.stations,
    isFinal,
    async ask() {
      const query = new URLSearchParams({ by: 'station', region, ...(after === undefined ? {} : { after }) });
      const asker = askers.get(after) ?? createAsker(`${base}?${query}`, isResults);
      askers.set(after, asker);
      const asked = await asker();
      if (asked.kind === 'new') take({ kind: 'stations', after, body: asked.body });
      if (asked.kind === 'new' || asked.kind === 'same') after = followingPage(state(), region, after);
      return asked;
    },
    onAsked: (_, failures) => onFailures(failures),
  });
}

/** Behind the page asked for last; undefined: the first one again. */
function followingPage(state: ResultsState, region: string, after: string | undefined): string | undefined {
  const pages = state.stations.get(region) ?? [];
  const page = pages.find((one) => one.after === after);
  return page === undefined ? (nextPageOf(state, region) ?? undefined) : page.nextAfter;
}
