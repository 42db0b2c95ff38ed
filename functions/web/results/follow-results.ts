import type { Progress } from '../../../schema/wire/progress.ts';
import type { Results } from '../../../schema/wire/results.ts';
import { createAsker, isProgress, isResults } from './ask-again.ts';
import { intervalsMs } from './poll-schedule.ts';
import { type Poller, startPoller } from './poller.ts';
import { nextPageOf, nothingYet, type ResultsAnswer, type ResultsState, takeIn } from './results-state.ts';

/** How things stand between this page and the API. */
export type Connection =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'live' }
  /** What is shown is what came last. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'not-public'; readonly availableFrom: string | null }
  | { readonly kind: 'unknown' };

export interface Shown {
  readonly state: ResultsState;
  readonly connection: Connection;
}

export interface Following {
  readonly shown: () => Shown;
  /** Hears whenever there is something new to show. */
  subscribe(listener: (shown: Shown) => void): () => void;
  /** Also follows the stations of this region, and of no other; null: of none. */
  openRegion(region: string | null): void;
  stop(): void;
}

/** One answer that is missing is nobody's business. */
const failuresTold = 3;

/** Follows the results of one election until it is stopped. */
export function followResults(election: string): Following {
  const base = `/v1/elections/${election}/results`;
  const listeners = new Set<(shown: Shown) => void>();
  let shown: Shown = { state: nothingYet, connection: { kind: 'waiting' } };
  let stations: { readonly region: string; readonly poller: Poller } | null = null;

  const show = (next: Shown) => {
    const { kind } = shown.connection;
    if (next.state === shown.state && next.connection.kind === kind && kind !== 'not-public') return;
    shown = next;
    for (const listener of listeners) listener(shown);
  };
  const take = (answer: ResultsAnswer) => show({ ...shown, state: takeIn(shown.state, answer) });
  const isFinal = () => (shown.state.results?.status ?? 'unofficial') !== 'unofficial';

  const results = startPoller<Results>({
    ask: createAsker(`${base}?by=region`, isResults),
    intervalMs: intervalsMs.results,
    isFinal,
    onAsked(asked, failures) {
      const state =
        asked.kind === 'new' ? takeIn(shown.state, { kind: 'results', body: asked.body }) : shown.state;
      switch (asked.kind) {
        case 'new':
        case 'same':
          return show({ state, connection: { kind: 'live' } });
        case 'not-public':
          return show({ state, connection: { kind: 'not-public', availableFrom: asked.availableFrom } });
        case 'unknown':
          return show({ state, connection: { kind: state.results === null ? 'unknown' : 'silent' } });
        case 'failed':
          if (failures >= failuresTold) show({ state, connection: { kind: 'silent' } });
      }
    },
  });
  const progress = startPoller<Progress>({
    ask: createAsker(`${base}/progress`, isProgress),
    intervalMs: intervalsMs.progress,
    isFinal,
    onAsked(asked) {
      if (asked.kind === 'new') take({ kind: 'progress', body: asked.body });
    },
  });
  const onVisible = () => {
    if (document.hidden) return;
    for (const poller of [results, progress, stations?.poller]) poller?.askNow();
  };
  document.addEventListener('visibilitychange', onVisible);

  return {
    shown: () => shown,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    openRegion(region) {
      if (region === (stations?.region ?? null)) return;
      stations?.poller.stop();
      stations =
        region === null
          ? null
          : { region, poller: pollStations({ base, region, isFinal, take, state: () => shown.state }) };
    },
    stop() {
      document.removeEventListener('visibilitychange', onVisible);
      for (const poller of [results, progress, stations?.poller]) poller?.stop();
    },
  };
}

interface StationsOptions {
  readonly base: string;
  readonly region: string;
  readonly isFinal: () => boolean;
  readonly take: (answer: ResultsAnswer) => void;
  readonly state: () => ResultsState;
}

/** Page after page, and from the first one again. */
function pollStations({ base, region, isFinal, take, state }: StationsOptions): Poller {
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
    onAsked: () => {},
  });
}

/** Behind the page asked for last; undefined: the first one again. */
function followingPage(state: ResultsState, region: string, after: string | undefined): string | undefined {
  const pages = state.stations.get(region) ?? [];
  const page = pages.find((one) => one.after === after);
  return page === undefined ? (nextPageOf(state, region) ?? undefined) : page.nextAfter;
}
