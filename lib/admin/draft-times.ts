import { AdminError } from './admin-error.ts';
import { toSeconds } from './local-time.ts';

const wallShape = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})?$/;
const dayMs = 24 * 60 * 60 * 1000;

/**
 * The instant that a time in a draft means: `2026-11-03T07:00` on the clocks of `timeZone`, or with an offset of its own.
 * ISO 8601 in UTC, full seconds.
 *
 * @throws AdminError for what is no time, and for a time that clocks there skip or show twice
 */
export function toInstant(text: string, timeZone: string): string {
  const parts = wallShape.exec(text);
  if (parts === null)
    throw new AdminError(`${text} is no time: write 2026-11-03T07:00, or 2026-11-03T07:00-05:00`);
  const [, year, month, day, hour, minute, second = '00', offset] = parts;
  const wall = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const asUtc = Date.parse(`${wall}Z`);
  if (Number.isNaN(asUtc) || toSeconds(asUtc) !== `${wall}Z`)
    throw new AdminError(`${text} is no time of any day`);
  if (offset !== undefined) {
    const ms = Date.parse(`${wall}${offset}`);
    if (Number.isNaN(ms)) throw new AdminError(`${text} has no offset that there is`);
    return toSeconds(ms);
  }
  // Whatever the zone's offset is that day, it was in force a day before or is a day after.
  const candidates = [asUtc - dayMs, asUtc + dayMs].map((ms) => asUtc - offsetMsAt(ms, timeZone));
  const right = [...new Set(candidates)].filter((ms) => ms + offsetMsAt(ms, timeZone) === asUtc);
  const [only, other] = right;
  if (only === undefined)
    throw new AdminError(
      `${text}: clocks in ${timeZone} are set forward over this time, which never is: write a later one`,
    );
  if (other !== undefined) {
    const [first, second] = [only, other].map((ms) => `${wall.slice(0, 16)}${formatOffset(asUtc - ms)}`);
    throw new AdminError(
      `${text}: clocks in ${timeZone} show this time twice that day: write ${first} or ${second}`,
    );
  }
  return toSeconds(only);
}

/** `-04:00`: of full minutes, as every zone's has been since long before there were offsets to write. */
function formatOffset(ms: number): string {
  const minutes = Math.abs(ms) / 60_000;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${ms < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** How far ahead of UTC the clocks of a zone are at an instant, milliseconds. */
function offsetMsAt(ms: number, timeZone: string): number {
  const parts = clockOf(timeZone).formatToParts(ms);
  const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  const year = of('year').padStart(4, '0');
  return (
    Date.parse(`${year}-${of('month')}-${of('day')}T${of('hour')}:${of('minute')}:${of('second')}Z`) -
    Math.floor(ms / 1000) * 1000
  );
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Making one takes longer than a hundred uses. */
function clockOf(timeZone: string): Intl.DateTimeFormat {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    const two = '2-digit';
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: two,
      day: two,
      hour: two,
      minute: two,
      second: two,
    });
    clocks.set(timeZone, clock);
  }
  return clock;
}
