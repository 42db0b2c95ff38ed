import type { Writable } from 'node:stream';

/** Says how far a run is: a bar on a terminal, a line every few seconds elsewhere. */
export interface Progress {
  /** A line that stays. */
  say(line: string): void;
  /** Begins something that has `total` steps; ends whatever was going on. */
  begin(what: string, total: number): void;
  /** @param note what to say beside the figures */
  update(done: number, note?: string): void;
  /** Ends what is going on; on a terminal its bar makes room. */
  end(): void;
}

export interface ProgressOutput {
  readonly stream: Writable;
  readonly isTerminal: boolean;
  /** Characters a line has. */
  readonly columns: number;
}

const redrawMs = 100;
const lineMs = 5_000;
const barCells = 24;

export function createProgress(
  { stream, isTerminal, columns }: ProgressOutput,
  clock: () => number = () => performance.now(),
): Progress {
  let current: { what: string; total: number; sinceMs: number; shownMs: number; text: string } | null = null;
  let isDrawn = false;

  const erase = (): void => {
    if (isDrawn) stream.write('\r\x1b[2K');
    isDrawn = false;
  };
  const write = (line: string): void => {
    erase();
    stream.write(`${line}\n`);
  };
  const draw = (text: string): void => {
    erase();
    stream.write(text.slice(0, Math.max(columns - 1, 20)));
    isDrawn = true;
  };

  return {
    say(line) {
      write(line);
      if (current !== null && isTerminal && current.text !== '') draw(current.text);
    },
    begin(what, total) {
      erase();
      const nowMs = clock();
      current = {
        what,
        total,
        sinceMs: nowMs,
        shownMs: isTerminal ? Number.NEGATIVE_INFINITY : nowMs,
        text: '',
      };
    },
    update(done, note = '') {
      const nowMs = clock();
      if (current === null || nowMs - current.shownMs < (isTerminal ? redrawMs : lineMs)) return;
      current.shownMs = nowMs;
      const figures = describe(done, current.total, (nowMs - current.sinceMs) / 1000);
      const suffix = note === '' ? '' : ` · ${note}`;
      if (isTerminal) {
        current.text = `${current.what} ${bar(done, current.total)} ${figures}${suffix}`;
        draw(current.text);
      } else write(`${current.what} ${figures}${suffix}`);
    },
    end() {
      erase();
      current = null;
    },
  };
}

function bar(done: number, total: number): string {
  const full = Math.round((Math.min(done, total) / Math.max(total, 1)) * barCells);
  return `[${'█'.repeat(full)}${'·'.repeat(barCells - full)}]`;
}

function describe(done: number, total: number, seconds: number): string {
  const rate = seconds > 0 ? done / seconds : 0;
  const leftSeconds = rate > 0 ? (total - done) / rate : 0;
  const rateText =
    rate > 0 ? `, ${formatCount(rate)}/s${done < total ? `, ${formatSeconds(leftSeconds)} left` : ''}` : '';
  return `${formatCount(done)} of ${formatCount(total)} (${Math.floor((done / Math.max(total, 1)) * 100)} %)${rateText}`;
}

/** `517,758` */
export const formatCount = (count: number): string => Math.round(count).toLocaleString('en');

/** `0.4 s`, `12 s`, `2 min 5 s` */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
