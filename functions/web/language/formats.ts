import type { Language } from './language.ts';

/**
 * Numbers and times as a language writes them. Every time is in a zone that the caller names (IANA), and says which: an
 * election has one clock, wherever its voters and viewers are.
 */
export interface Formats {
  readonly language: Language;
  /** 1,234 or 1.234 */
  number(value: number): string;
  /** @param share 0 to 1; one decimal */
  percent(share: number): string;
  /** Day and minute: `November 3, 2026 at 8:00 PM EST`. */
  dateTime(instant: string | number, timeZone: string): string;
  /** Hour, minute, second: `8:00:09 PM EST`. */
  time(instant: string | number, timeZone: string): string;
  /** Hour and minute without the zone: for a row of them, which names it once. */
  hourMinute(instant: string | number, timeZone: string): string;
  /** `EST`: as it is called at that instant. */
  zone(instant: string | number, timeZone: string): string;
}

/** Of this device: where there is no election whose zone it could be, or none is known yet. */
export const ownTimeZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

export function createFormats(language: Language): Formats {
  // A reader of English in Berlin still reads 24 hours; the region is the reader's where the language agrees.
  const locale = regionalLocale(language, typeof navigator === 'undefined' ? [] : navigator.languages);
  const numbers = new Intl.NumberFormat(locale);
  const percents = new Intl.NumberFormat(locale, {
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  const write = (instant: string | number, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, options).format(new Date(instant));
  const zone = (instant: string | number, timeZone: string) =>
    new Intl.DateTimeFormat(locale, { timeZoneName: 'short', timeZone })
      .formatToParts(new Date(instant))
      .find(({ type }) => type === 'timeZoneName')?.value ?? timeZone;
  // Intl takes no name of a zone beside its styles, whose hours are the ones that readers are used to.
  const named = (style: Intl.DateTimeFormatOptions) => (instant: string | number, timeZone: string) =>
    `${write(instant, { ...style, timeZone })} ${zone(instant, timeZone)}`;
  return {
    language,
    number: (value) => numbers.format(value),
    percent: (share) => percents.format(share),
    dateTime: named({ dateStyle: 'long', timeStyle: 'short' }),
    time: named({ timeStyle: 'medium' }),
    hourMinute: (instant, timeZone) => write(instant, { timeStyle: 'short', timeZone }),
    zone,
  };
}

/** `en-GB` for who prefers that and reads English; `en` for who prefers German only. */
export function regionalLocale(language: Language, preferred: readonly string[]): string {
  return preferred.find((tag) => tag.toLowerCase().split('-')[0] === language) ?? language;
}

/** Picks a form by the language's own rules; `other` has to be there. */
export function createPlural(language: Language) {
  const rules = new Intl.PluralRules(language);
  return (count: number, forms: { readonly other: string } & Partial<Record<Intl.LDMLPluralRule, string>>) =>
    forms[rules.select(count)] ?? forms.other;
}
