import { describe, expect, it } from 'vitest';
import { homeMessages } from '../../../functions/web/home/messages.ts';
import { de as kioskDe } from '../../../functions/web/kiosk/messages-de.ts';
import { en as kioskEn } from '../../../functions/web/kiosk/messages-en.ts';
import { createFormats, createPlural, regionalLocale } from '../../../functions/web/language/formats.ts';
import { chooseLanguage, languages } from '../../../functions/web/language/language.ts';
import { opsMessages } from '../../../functions/web/ops/messages.ts';
import { de as receiptsDe } from '../../../functions/web/receipts/messages-de.ts';
import { en as receiptsEn } from '../../../functions/web/receipts/messages-en.ts';
import { resultsMessages } from '../../../functions/web/results/messages.ts';
import { problems } from '../../../schema/wire/problem.ts';

describe('the language of a page', () => {
  it('is what was chosen, or else the first preference that there is, or else English', () => {
    expect(chooseLanguage(['de-AT', 'en'], null)).toBe('de');
    expect(chooseLanguage(['fr', 'de'], null)).toBe('de');
    expect(chooseLanguage(['fr'], null)).toBe('en');
    expect(chooseLanguage([], null)).toBe('en');
    expect(chooseLanguage(['de'], 'en')).toBe('en');
    expect(chooseLanguage(['de'], 'klingon')).toBe('de');
    for (const language of languages) expect(chooseLanguage([], language)).toBe(language);
  });

  it('writes numbers, shares and times as its readers do, in the election’s own time', () => {
    const [en, de] = [createFormats('en'), createFormats('de')];
    expect([en.number(1_234.5), de.number(1_234.5)]).toEqual(['1,234.5', '1.234,5']);
    expect([en.percent(0.123), de.percent(0.123)]).toEqual(['12.3%', '12,3\u00a0%']);
    const instant = '2026-11-03T23:30:00Z';
    expect(en.dateTime(instant, 'America/New_York')).toMatch(/November 3, 2026.*6:30.*EST$/);
    expect(de.dateTime(instant, 'Europe/Berlin')).toMatch(/4\. November 2026.*00:30 MEZ$/);
    expect(de.time(instant, 'Europe/Berlin')).toBe('00:30:00 MEZ');
    // As it is called at that time of the year.
    expect(en.zone('2026-07-03T12:00:00Z', 'America/New_York')).toBe('EDT');
    expect(de.hourMinute(instant, 'UTC')).toBe('23:30');
  });

  it('keeps the reader’s region where the language agrees', () => {
    expect(regionalLocale('en', ['de', 'en-GB', 'en-US'])).toBe('en-GB');
    expect(regionalLocale('de', ['en-GB'])).toBe('de');
  });

  it('has its own plurals', () => {
    const forms = { one: 'one', other: 'other' };
    expect([0, 1, 2].map((count) => createPlural('de')(count, forms))).toEqual(['other', 'one', 'other']);
    expect(createPlural('en')(1, { other: 'other' })).toBe('other');
  });
});

describe('messages', () => {
  /** Every sentence, with sample arguments for those that take some. */
  function sentences(messages: object, path = ''): Map<string, string> {
    const found = new Map<string, string>();
    for (const [key, value] of Object.entries(messages) as [string, unknown][]) {
      const at = `${path}/${key}`;
      if (typeof value === 'string') found.set(at, value);
      else if (typeof value === 'function') {
        for (const count of [1, 3])
          found.set(`${at}(${count})`, String((value as (...all: number[]) => string)(count, count)));
      } else for (const [inner, text] of sentences(value as object, at)) found.set(inner, text);
    }
    return found;
  }

  it.each([
    ['ballot and kiosk', kioskEn, kioskDe],
    ['receipts', receiptsEn, receiptsDe],
    ['home', homeMessages.en, homeMessages.de],
    ['results', resultsMessages.en, resultsMessages.de],
    ['operator', opsMessages.en, opsMessages.de],
  ])('of %s are all there in both languages, and none is the other’s', (_, en, de) => {
    const [english, german] = [sentences(en), sentences(de)];
    expect([...german.keys()].toSorted()).toEqual([...english.keys()].toSorted());
    // Words that are the same in both, and numbers with their units.
    const shared = /^(Kiosk|Online|[\d: s]+)$/;
    for (const [key, text] of english) {
      expect([key, text.trim().length]).not.toEqual([key, 0]);
      if (!shared.test(text)) expect([key, german.get(key)]).not.toEqual([key, text]);
    }
  });

  it('have a sentence for what the issuer and ingest most often refuse', () => {
    for (const code of [
      'bad-credentials',
      'pass-already-issued',
      'wrong-region',
      'closed',
      'not-yet-open',
      'bad-pass',
    ])
      expect(problems).toHaveProperty(code);
  });
});
