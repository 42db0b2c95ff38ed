/** `2026-11-03 07:00 America/New_York (2026-11-03T12:00:00Z)`: as officials read it, and as definitions have it. */
export function describeInstant(instant: string, timeZone: string): string {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  return `${clock.format(new Date(instant))} ${timeZone} (${instant})`;
}

/** ISO 8601 in UTC, full seconds. */
export const toSeconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
