import type { Language } from './language.ts';

/** Numbers and times as a language writes them. */
export interface Formats {
  readonly language: Language;
  /** 1,234 or 1.234 */
  number(value: number): string;
  /** @param share 0 to 1; one decimal */
  percent(share: number): string;
  /** Day and minute. @param timeZone IANA; the reader's own when left out */
  dateTime(instant: string | number, timeZone?: string): string;
  /** Hour and minute. */
  hourMinute(instant: string | number, timeZone?: string): string;
  /** Hour, minute, second. */
  time(instant: string | number, timeZone?: string): string;
}

export function createFormats(language: Language): Formats {
  // A reader of English in Berlin still reads 24 hours; the region is the reader's where the language agrees.
  const locale = regionalLocale(language, typeof navigator === 'undefined' ? [] : navigator.languages);
  const numbers = new Intl.NumberFormat(locale);
  const percents = new Intl.NumberFormat(locale, {
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  const inZone = (timeZone: string | undefined) => (timeZone === undefined ? {} : { timeZone });
  return {
    language,
    number: (value) => numbers.format(value),
    percent: (share) => percents.format(share),
    dateTime: (instant, timeZone) =>
      new Intl.DateTimeFormat(locale, {
        dateStyle: 'long',
        timeStyle: 'short',
        ...inZone(timeZone),
      }).format(new Date(instant)),
    hourMinute: (instant, timeZone) =>
      new Intl.DateTimeFormat(locale, { timeStyle: 'short', ...inZone(timeZone) }).format(new Date(instant)),
    time: (instant, timeZone) =>
      new Intl.DateTimeFormat(locale, { timeStyle: 'medium', ...inZone(timeZone) }).format(new Date(instant)),
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
