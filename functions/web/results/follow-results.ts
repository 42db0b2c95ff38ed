import type { Definition } from '../../../schema/wire/definition.ts';
import type { Progress } from '../../../schema/wire/progress.ts';
import type { Results } from '../../../schema/wire/results.ts';
import { definitionAddress } from '../api/ask.ts';
import { type Asked, createAsker, isProgress, isResults } from './ask-again.ts';
import { awaitPublication } from './await-publication.ts';
import { intervalsMs } from './poll-schedule.ts';
import { pollStations } from './poll-stations.ts';
import { type Poller, startPoller } from './poller.ts';
import { nothingYet, type ResultsAnswer, type ResultsState, takeIn } from './results-state.ts';

/** How things stand between this page and the API. */
export type Connection =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'live' }
  /** What is shown, if anything is, is what came last. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'not-public'; readonly availableFrom: string | null }
  | { readonly kind: 'unknown' };

export interface Shown {
  readonly state: ResultsState;
  readonly connection: Connection;
  /** Asked for only while results are not public; null: it has not come yet. */
  readonly definition: Definition | null;
  /** The stations of the open region do not come, or no more. */
  readonly areStationsSilent: boolean;
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
  const base = `${definitionAddress(election)}/results`;
  const listeners = new Set<(shown: Shown) => void>();
  let shown: Shown = {
    state: nothingYet,
    connection: { kind: 'waiting' },
    definition: null,
    areStationsSilent: false,
  };
  let stations: { readonly region: string; readonly poller: Poller } | null = null;
  let awaited: Poller | null = null;

  const show = (changes: Partial<Shown>) => {
    const next = { ...shown, ...changes };
    if (isSame(next, shown)) return;
    shown = next;
    for (const listener of listeners) listener(shown);
  };
  const take = (answer: ResultsAnswer) => show({ state: takeIn(shown.state, answer) });
  const isFinal = () => (shown.state.results?.status ?? 'unofficial') !== 'unofficial';

  const results = startPoller<Results>({
    ask: createAsker(`${base}?by=region`, isResults),
    intervalMs: intervalsMs.results,
    isFinal,
    onAsked(asked, failures) {
      const state =
        asked.kind === 'new' ? takeIn(shown.state, { kind: 'results', body: asked.body }) : shown.state;
      show({ state, connection: connectionAfter(asked, failures, shown) });
      if (asked.kind === 'not-public') awaited ??= awaitPublication({ election, onDefinition, onPublic });
      else if (shown.connection.kind === 'live') {
        awaited?.stop();
        awaited = null;
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
  const onDefinition = (definition: Definition) => show({ definition });
  const onPublic = () => {
    for (const poller of [results, progress]) poller.askNow();
  };

  return {
    shown: () => shown,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    openRegion(region) {
      if (region === (stations?.region ?? null)) return;
      stations?.poller.stop();
      stations = null;
      show({ areStationsSilent: false });
      if (region === null) return;
      const onFailures = (failures: number) => show({ areStationsSilent: failures >= failuresTold });
      const poller = pollStations({ base, region, isFinal, take, state: () => shown.state, onFailures });
      stations = { region, poller };
    },
    stop() {
      for (const poller of [results, progress, stations?.poller, awaited]) poller?.stop();
    },
  };
}

/** How things stand after an answer, or without one. */
function connectionAfter(
  asked: Asked<Results>,
  failures: number,
  { state, connection }: Pick<Shown, 'state' | 'connection'>,
): Connection {
  switch (asked.kind) {
    case 'new':
    case 'same':
      return { kind: 'live' };
    case 'not-public':
      return { kind: 'not-public', availableFrom: asked.availableFrom };
    case 'unknown':
      return { kind: state.results === null ? 'unknown' : 'silent' };
    case 'failed':
      // What is not public does not grow old.
      return failures < failuresTold || connection.kind === 'not-public' ? connection : { kind: 'silent' };
  }
}

const isSame = (a: Shown, b: Shown): boolean =>
  a.state === b.state &&
  a.definition === b.definition &&
  a.areStationsSilent === b.areStationsSilent &&
  JSON.stringify(a.connection) === JSON.stringify(b.connection);
