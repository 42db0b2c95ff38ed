/** Those that every page has its messages in; a page that lacks one does not compile. */
export const languages = ['en', 'de'] as const;
export type Language = (typeof languages)[number];
/** Every language's messages of one page, or of a part that pages share. */
export type MessagesByLanguage<Messages> = Readonly<Record<Language, Messages>>;

/** Each in itself: who needs the switch cannot read the page. */
export const languageNames: MessagesByLanguage<string> = { en: 'English', de: 'Deutsch' };

/**
 * What somebody chose before, or else the first of their preferences that there is; English otherwise.
 *
 * @param preferred as in `navigator.languages`: `de-CH`, `en`
 */
export function chooseLanguage(preferred: readonly string[], chosen: string | null): Language {
  const known = (tag: string) => languages.find((one) => tag.toLowerCase().split('-')[0] === one);
  for (const tag of chosen === null ? preferred : [chosen, ...preferred]) {
    const found = known(tag);
    if (found !== undefined) return found;
  }
  return 'en';
}
