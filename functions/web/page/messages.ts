import type { MessagesByLanguage } from '../language/language.ts';

const en = { language: 'Language', skip: 'Skip to the content' };

/** Of the frame that all pages have. */
export const frameMessages: MessagesByLanguage<typeof en> = {
  en,
  de: { language: 'Sprache', skip: 'Zum Inhalt' },
};
