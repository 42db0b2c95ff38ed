import { type FC, render, useState } from 'hono/jsx/dom';
import { homeAddress } from '../home/home-address.ts';
import { createFormats, type Formats } from '../language/formats.ts';
import {
  chooseLanguage,
  type Language,
  languageNames,
  languages,
  type MessagesByLanguage,
} from '../language/language.ts';
import { frameMessages } from './messages.ts';
import { useEffectNow } from './use-effect-now.ts';

/** What a view needs to speak to a person. */
export interface Speech<Messages> {
  readonly language: Language;
  readonly messages: Messages;
  readonly formats: Formats;
  /** Back to the device's own language: for a device of many, when the next person comes. */
  readonly reset: () => void;
  readonly setSubject: (subject: string | null) => void;
}

export interface PageOptions<Messages> {
  readonly messages: MessagesByLanguage<Messages>;
  /** Of the browser's tab; see `useSubject` for what goes with it. */
  readonly titleOf: (messages: Messages) => string;
  readonly View: FC<{ readonly speech: Speech<Messages> }>;
  /** A device of many: what one of them chooses is not kept for the next, and no link leads them away. */
  readonly isShared?: boolean;
}

/** The choice is the device's, for all pages of this origin. */
const storedAs = 'ballotstream-language';

/**
 * Puts a page into its document: header with the name and the switch of languages, the view as `main`. The view
 * stays mounted, with its state, when the language changes.
 */
export function mountPage<Messages>(options: PageOptions<Messages>): void {
  const root = document.getElementById('page');
  if (root === null) throw new Error('the document has no #page');
  render(<Frame {...(options as PageOptions<unknown>)} />, root);
}

function Frame({ messages, titleOf, View, isShared }: PageOptions<unknown>) {
  const [language, setLanguage] = useState<Language>(() => chooseLanguage(navigator.languages, readStored()));
  const [subject, setSubject] = useState<string | null>(null);
  const texts = messages[language];
  useEffectNow(() => {
    document.documentElement.lang = language;
    document.title = subject === null ? titleOf(texts) : `${titleOf(texts)} · ${subject}`;
  }, [language, subject]);
  const choose = (chosen: Language) => {
    if (isShared !== true) keepStored(chosen);
    setLanguage(chosen);
  };
  const own = frameMessages[language];
  const speech = {
    language,
    messages: texts,
    formats: createFormats(language),
    reset: () => setLanguage(chooseLanguage(navigator.languages, readStored())),
    setSubject,
  };
  return (
    <>
      <a class="skip" href="#main">
        {own.skip}
      </a>
      <header class="frame">
        {isShared === true ? (
          <span class="brand">Ballotstream</span>
        ) : (
          <a class="brand" href={homeAddress(location.pathname)}>
            Ballotstream
          </a>
        )}
        <LanguageSwitch language={language} label={own.language} choose={choose} />
      </header>
      <main id="main" tabindex={-1}>
        <View speech={speech} />
      </main>
    </>
  );
}

/** Puts what the page is about, an election's name, beside its title. Null: not known yet. */
export function useSubject(
  { setSubject }: Pick<Speech<unknown>, 'setSubject'>,
  subject: string | null,
): void {
  useEffectNow(() => setSubject(subject), [subject]);
}

interface SwitchProps {
  readonly language: Language;
  readonly label: string;
  readonly choose: (language: Language) => void;
}

function LanguageSwitch({ language, label, choose }: SwitchProps) {
  return (
    <nav aria-label={label} class="languages">
      {languages.map((one) => (
        <button
          type="button"
          key={one}
          lang={one}
          aria-current={one === language ? 'true' : undefined}
          onClick={() => choose(one)}
        >
          {languageNames[one]}
        </button>
      ))}
    </nav>
  );
}

// Private windows may refuse storage: the page works without.
function readStored(): string | null {
  try {
    return localStorage.getItem(storedAs);
  } catch {
    return null;
  }
}

function keepStored(language: Language): void {
  try {
    localStorage.setItem(storedAs, language);
  } catch {
    // Chosen for this visit only.
  }
}
