import type { Definition } from '../../../schema/wire/definition.ts';
import { ask } from '../api/ask.ts';
import { retryDelayMs } from '../api/retry-schedule.ts';
import type { Kiosk } from './kiosk-page.tsx';
import type { Pairing } from './kiosk-store.ts';
import { isHeard, sendWaiting } from './send-waiting.ts';

/** What was last heard of the service; `unheard`: nothing yet. */
export type Line = 'unheard' | 'online' | 'offline';

export interface LineState {
  readonly line: Line;
  /** When the service last answered, milliseconds since 1970; null: not since the page was opened. */
  readonly heardAtMs: number | null;
  /** Why votes are held back, in the API's words. */
  readonly held: readonly string[];
  /** Votes that cannot be opened. */
  readonly unreadable: number;
}

export interface LineOptions {
  /** As it is now: it may be set up anew, or hear of another definition, at any time. */
  readonly kiosk: () => Kiosk;
  readonly onChange: (change: Partial<LineState>) => void;
  /** A newer version of the definition is kept. */
  readonly onPairing: (pairing: Pairing) => void;
  /** Something may have gone. */
  readonly onBatch: () => void;
}

export interface LineKeeper {
  /** Something waits: now, not at the next look. */
  wake(): void;
  /** Asks for the definition, for so many milliseconds; whatever comes of it, the vote at hand goes on. */
  hear(withinMs: number): Promise<void>;
  stop(): void;
}

/** A look so often: of kiosks behind one address the firewall lets some 200 ask twice a minute (lib/edge-limits.ts). */
const lookMs = 30_000;
/** The definition is asked for when nothing is sent, and where votes go out all the time at least so often. */
const definitionMsMax = 60_000;

/**
 * Sends what waits whenever there is a line, and asks for the definition where nothing does: so the kiosk knows whether
 * there is a line, and of hours that have changed.
 */
export function keepLine({ kiosk, onChange, onPairing, onBatch }: LineOptions): LineKeeper {
  const rest = createRest();
  let isStopped = false;
  let askedAtMs = 0;
  const tell = (isOnline: boolean) =>
    onChange(isOnline ? { line: 'online', heardAtMs: Date.now() } : { line: 'offline' });
  const onAnswered = () => {
    tell(true);
    onBatch();
  };
  const hear = async (withinMs?: number): Promise<boolean> => {
    askedAtMs = Date.now();
    const answer = await ask<Definition>(`/v1/elections/${kiosk().pairing.definition.election}`, {
      ...(withinMs === undefined ? {} : { withinMs }),
    });
    if (answer.kind !== 'ok') return isHeard(answer);
    const { pairing, store } = kiosk();
    if ((answer.body as Partial<Definition> | null)?.election !== pairing.definition.election) return false;
    if (answer.body.version <= pairing.definition.version) return true;
    const newer = { ...pairing, definition: answer.body };
    // A full disk keeps nobody from voting by what was heard.
    onPairing((await store.keepDefinition(answer.body).catch(() => newer)) ?? newer);
    return true;
  };
  const look = async (): Promise<boolean> => {
    const { isHeard: isSent, held, unreadable } = await sendWaiting(kiosk(), onAnswered);
    // What was held before the line went is held still.
    if (isSent !== false) onChange({ held: [...held], unreadable });
    const isDue = isSent === null || Date.now() - askedAtMs >= definitionMsMax;
    const isAnswered = isDue && (await hear());
    const isOnline = isSent ?? isAnswered;
    tell(isOnline);
    return isOnline;
  };
  const lose = () => onChange({ line: 'offline' });
  addEventListener('offline', lose);
  addEventListener('online', rest.wake);
  void (async () => {
    for (let failures = 0; !isStopped; ) {
      const isOnline = await look().catch(() => false);
      failures = isOnline ? 0 : failures + 1;
      await rest.pause(isOnline ? lookMs : retryDelayMs(failures, Math.random(), null));
    }
  })();
  return {
    wake: rest.wake,
    async hear(withinMs) {
      if (!(await hear(withinMs))) rest.wake();
    },
    stop() {
      isStopped = true;
      removeEventListener('offline', lose);
      removeEventListener('online', rest.wake);
      rest.wake();
    },
  };
}

/** Pauses that can be ended early, also by who calls while there is none. */
function createRest() {
  let isWoken = false;
  let end = () => {};
  return {
    wake() {
      isWoken = true;
      end();
    },
    pause: (delayMs: number) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(() => end(), delayMs);
        end = () => {
          clearTimeout(timer);
          isWoken = false;
          end = () => {};
          resolve();
        };
        if (isWoken) end();
      }),
  };
}
