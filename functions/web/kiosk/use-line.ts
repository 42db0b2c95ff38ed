import { useRef, useState } from 'hono/jsx/dom';
import { useEffectNow } from '../page/use-effect-now.ts';
import { keepLine, type LineKeeper, type LineState } from './keep-line.ts';
import type { Kiosk } from './kiosk-page.tsx';
import type { Counts, Pairing } from './kiosk-store.ts';

/** A voter waits for it. */
const newestMsMax = 3_000;

export interface LineView {
  readonly state: LineState;
  readonly counts: Counts;
  /** A vote was kept: it goes out at once. */
  readonly wake: () => void;
  /** The pairing with the newest definition that can be had within moments; without a line, the one that is kept. */
  readonly newest: () => Promise<Pairing>;
}

/** What goes out behind the voters' backs, and what is heard, for as long as the kiosk is open. */
export function useLine(kiosk: Kiosk, setPairing: (newer: Pairing) => void): LineView {
  const [counts, setCounts] = useState<Counts>({ waiting: 0, sent: 0, refused: 0 });
  const [state, setState] = useState<LineState>({
    line: navigator.onLine ? 'unheard' : 'offline',
    heardAtMs: null,
    held: [],
    unreadable: 0,
  });
  const current = useRef(kiosk);
  current.current = kiosk;
  const keeper = useRef<LineKeeper | null>(null);
  const latest = () => current.current ?? kiosk;
  // What cannot be counted now is counted after the next batch.
  const count = () => void kiosk.store.counts().then(setCounts, () => {});
  useEffectNow(() => {
    count();
    const started = keepLine({
      kiosk: latest,
      onChange: (change) => setState((now) => ({ ...now, ...change })),
      onPairing: (newer) => {
        current.current = { ...latest(), pairing: newer };
        setPairing(newer);
      },
      onBatch: count,
    });
    keeper.current = started;
    return () => started.stop();
  }, []);
  return {
    state,
    counts,
    wake: () => {
      count();
      keeper.current?.wake();
    },
    newest: async () => {
      if (state.line !== 'offline') await keeper.current?.hear(newestMsMax);
      return latest().pairing;
    },
  };
}
