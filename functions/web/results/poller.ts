import type { Asked } from './ask-again.ts';
import { nextPollMs, type PollOutcome } from './poll-schedule.ts';

export interface PollerOptions<Body> {
  /** Never rejects. */
  readonly ask: () => Promise<Asked<Body>>;
  readonly intervalMs: number;
  /** @param failures in a row; 0 when this one was answered */
  readonly onAsked: (asked: Asked<Body>, failures: number) => void;
  readonly isFinal: () => boolean;
}

export interface Poller {
  /** Asks at once; while it is asking, again at once if that fails. */
  askNow(): void;
  stop(): void;
}

/**
 * Asks again and again, one request at a time, beginning at once; also at once when somebody looks again after a
 * while, and when the line is back.
 */
export function startPoller<Body>({ ask, intervalMs, onAsked, isFinal }: PollerOptions<Body>): Poller {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAsking = false;
  let isWanted = false;
  let isStopped = false;
  let failures = 0;

  const turn = async () => {
    isAsking = true;
    isWanted = false;
    const asked = await ask();
    isAsking = false;
    if (isStopped) return;
    const outcome = outcomeOf(asked);
    failures = outcome.kind === 'failed' ? failures + 1 : 0;
    onAsked(asked, failures);
    if (isStopped) return;
    const circumstances = { outcome, failures, intervalMs, isHidden: document.hidden, isFinal: isFinal() };
    const waitMs = nextPollMs({ ...circumstances, random: Math.random() });
    timer = setTimeout(turn, isWanted && outcome.kind === 'failed' ? 0 : waitMs);
  };
  const askNow = () => {
    isWanted = true;
    if (isAsking || isStopped) return;
    clearTimeout(timer);
    void turn();
  };
  const onVisible = () => {
    if (!document.hidden) askNow();
  };
  document.addEventListener('visibilitychange', onVisible);
  addEventListener('online', askNow);
  void turn();
  return {
    askNow,
    stop() {
      isStopped = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
      removeEventListener('online', askNow);
    },
  };
}

function outcomeOf(asked: Asked<unknown>): PollOutcome {
  switch (asked.kind) {
    case 'new':
    case 'same':
      return { kind: 'answered' };
    case 'not-public':
      return asked;
    // It may be published any moment; meanwhile it is not asked for every second.
    case 'unknown':
      return { kind: 'failed', retryAfterMs: null };
    case 'failed':
      return asked;
  }
}
