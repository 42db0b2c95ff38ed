import { createDueQueue } from '../measure/due-queue.ts';
import { type HttpConnection, type HttpTarget, NoAnswerError } from './connection.ts';
import { type ConnectionPool, createConnectionPool } from './connection-pool.ts';
import { createPacer } from './pacer.ts';
import type { HttpResponse } from './response-parser.ts';
import { isWorthRetrying, retryDelayMs } from './retry-policy.ts';

/** Something to send. */
export interface LoadRequest<Tag> {
  /** Head and body, whole; sent again unchanged after a failure. */
  readonly text: string;
  /** Before this it could not have been sent, `performance.now()`; 0 if it always could. */
  readonly readyMs: number;
  /** The caller's own. */
  readonly tag: Tag;
}

export interface LoadSource<Tag> {
  /** The next request; null: none now. */
  next(nowMs: number): LoadRequest<Tag> | null;
  /** Asked when nothing is in flight: whether nothing will ever come any more. */
  isDone(): boolean;
  /** The last answer to a request. It may make new requests ready. */
  onAnswer(tag: Tag, response: HttpResponse, latencyMs: number): void;
  /** An attempt failed, and is made again. */
  onRetry?(tag: Tag, reason: string): void;
  /** No answer in `giveUpMs`, only failures: the server may have done what was asked, or not. */
  onGivenUp(tag: Tag, why: string): void;
}

export interface LoadOptions<Tag> {
  readonly target: HttpTarget;
  readonly source: LoadSource<Tag>;
  /**
   * Open model: requests a second; request i should go out at i ÷ rate, and latency counts from
   * then however late it does. Null, closed loop: a connection sends its next request when it has
   * the answer to its last, and latency counts from sending.
   */
  readonly ratePerSecond: number | null;
  /** Opened as they are needed, the one used last first. */
  readonly connectionsMax: number;
  /** Requests sent or waiting to be sent again; nothing new is taken from the source beyond it. */
  readonly inFlightMax: number;
  readonly timeoutMs: number;
  /** From the first attempt on. */
  readonly giveUpMs: number;
  readonly signal: AbortSignal;
}

export interface LoadCounts {
  /** Attempts that failed and were made again, by reason. */
  readonly retriesByReason: ReadonlyMap<string, number>;
}

interface Attempted<Tag> {
  readonly request: LoadRequest<Tag>;
  /** When it should have gone out. */
  readonly intendedMs: number;
  readonly firstSentMs: number;
  attempts: number;
}

/** The source has nothing although a slot is due: how soon it is asked again. */
const askAgainMs = 2;
/** Beyond any answer to a vote. */
const answerBytesMax = 1024 * 1024;

/**
 * Sends what the source has until it is done and all is answered. Attempts that fail (connection,
 * timeout, 429, 5xx) are made again with the same bytes after a pause, as a voter's browser would.
 * @throws the signal's reason when it is aborted, and whatever the source throws
 */
export async function driveLoad<Tag>(options: LoadOptions<Tag>): Promise<LoadCounts> {
  const { target, timeoutMs, connectionsMax, signal } = options;
  const pool = createConnectionPool(connectionsMax, { target, timeoutMs, bodyBytesMax: answerBytesMax });
  const stopped = new AbortController();
  try {
    return await new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(reasonOf(signal)), {
        once: true,
        signal: stopped.signal,
      });
      if (signal.aborted) reject(reasonOf(signal));
      else createRun({ options, pool, stopped: stopped.signal, resolve, reject })();
    });
  } finally {
    stopped.abort();
    pool.closeAll();
  }
}

function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error('the load was stopped', { cause: reason });
}

interface RunParts<Tag> {
  readonly options: LoadOptions<Tag>;
  readonly pool: ConnectionPool;
  /** Aborted when the run is over, for whatever reason. */
  readonly stopped: AbortSignal;
  readonly resolve: (counts: LoadCounts) => void;
  readonly reject: (reason: unknown) => void;
}

/** @returns the function that sends what can be sent now, and sees to it that it is called again */
function createRun<Tag>({ options, pool, stopped, resolve, reject }: RunParts<Tag>): () => void {
  const { source } = options;
  const pacer = createPacer(options.ratePerSecond, performance.now());
  const retries = createRetries(options);
  let sending = 0;
  let timer: NodeJS.Timeout | undefined;
  stopped.addEventListener('abort', () => clearTimeout(timer), { once: true });

  const take = (nowMs: number): Attempted<Tag> | null => {
    const again = retries.take(nowMs);
    if (again !== undefined) return again;
    if (sending + retries.waiting() >= options.inFlightMax || pacer.slotMs() > nowMs) return null;
    const request = source.next(nowMs);
    if (request === null) return null;
    return { request, intendedMs: pacer.useSlot(request.readyMs, nowMs), firstSentMs: nowMs, attempts: 0 };
  };
  const send = async (connection: HttpConnection, attempted: Attempted<Tag>): Promise<void> => {
    attempted.attempts += 1;
    sending += 1;
    const answer = await ask(connection, attempted.request.text);
    if (stopped.aborted) return;
    sending -= 1;
    pool.giveBack(connection);
    retries.settle(attempted, answer, performance.now());
    pump();
  };
  const pump = (): void => {
    const nowMs = performance.now();
    for (;;) {
      const connection = pool.take();
      // Whoever gives one back calls again.
      if (connection === null) return;
      const attempted = take(nowMs);
      if (attempted === null) {
        pool.giveBack(connection);
        break;
      }
      send(connection, attempted).catch(reject);
    }
    if (sending + retries.waiting() === 0 && source.isDone()) {
      resolve({ retriesByReason: retries.byReason });
      return;
    }
    const slotMs = pacer.slotMs();
    clearTimeout(timer);
    timer = setTimeout(
      pump,
      Math.min(retries.nextDueMs(), slotMs > nowMs ? slotMs : nowMs + askAgainMs) - nowMs,
    );
  };
  return pump;
}

interface Answer {
  readonly response: HttpResponse | null;
  /** For people, of a failure. */
  readonly reason: string;
}

async function ask(connection: HttpConnection, text: string): Promise<Answer> {
  try {
    const response = await connection.send(text);
    return { response, reason: `status ${response.status}` };
  } catch (error) {
    if (error instanceof NoAnswerError) return { response: null, reason: error.code.replaceAll('-', ' ') };
    throw error;
  }
}

/** Decides what becomes of an answer, and keeps those that are to be sent again. */
function createRetries<Tag>({ source, giveUpMs }: LoadOptions<Tag>) {
  const queue = createDueQueue<Attempted<Tag>>();
  const byReason = new Map<string, number>();
  return {
    byReason,
    waiting: () => queue.size,
    nextDueMs: () => queue.nextDueMs(),
    take: (nowMs: number) => queue.take(nowMs),
    settle(attempted: Attempted<Tag>, { response, reason }: Answer, nowMs: number): void {
      const { request, intendedMs, firstSentMs, attempts } = attempted;
      if (response !== null && !isWorthRetrying(response.status)) {
        source.onAnswer(request.tag, response, nowMs - intendedMs);
        return;
      }
      const delayMs = retryDelayMs(response, attempts, Math.random());
      if (nowMs + delayMs - firstSentMs > giveUpMs) {
        source.onGivenUp(request.tag, reason);
        return;
      }
      byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
      source.onRetry?.(request.tag, reason);
      queue.add(nowMs + delayMs, attempted);
    },
  };
}
