import { useRef, useState } from 'hono/jsx/dom';
import { toBase64url } from '../crypto/bytes.ts';
import { parsePass, verifyPass, voterKeyOf } from '../crypto/voter-pass.ts';
import { useEffectNow } from '../page/use-effect-now.ts';
import { useFocusOnStep } from '../page/use-focus.ts';
import type { KioskSpeech } from './kiosk-page.tsx';
import type { KioskStore, Pairing } from './kiosk-store.ts';

export interface WelcomeProps {
  readonly speech: KioskSpeech;
  readonly store: KioskStore;
  readonly pairing: Pairing;
  readonly begin: (pass: string) => void;
}

/** Long enough to take a pass that was not read whole as one. */
const clearedAfterMs = 20_000;

/**
 * Takes a pass from a scanner, which types it and ends with Enter, or from the keyboard. It is verified here, with the
 * definition alone: no network is needed.
 */
export function Welcome({ speech, store, pairing, begin }: WelcomeProps) {
  const { messages, formats } = speech;
  const { definition, region, station } = pairing;
  const [fault, setFault] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  useFocusOnStep('kiosk welcome', '#pass');
  useEffectNow(() => {
    // Whatever was touched last, a scanner types into the field.
    const focus = () => input.current?.focus();
    // The element is there, but not yet in the document.
    queueMicrotask(focus);
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
    function onKey({ key, target }: KeyboardEvent) {
      if (key.length === 1 && !(target instanceof HTMLInputElement)) focus();
    }
  }, []);
  useEffectNow(() => {
    if (fault === null) return;
    const timer = setTimeout(() => setFault(null), clearedAfterMs);
    return () => clearTimeout(timer);
  }, [fault]);

  const judge = async (text: string): Promise<string | null> => {
    const now = Date.now();
    if (now < Date.parse(definition.opensAt) || now >= Date.parse(definition.closesAt))
      return messages.notOpen;
    const pass = parsePass(text);
    if (pass === null) return messages.notAPass;
    const found = await verifyPass(definition, pass);
    if (found === null) return messages.badPass;
    if (found.id !== region) return messages.passElsewhere;
    const voterKey = toBase64url(await voterKeyOf(definition.election, pass));
    return (await store.isUsed(voterKey)) ? messages.passUsed : null;
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const text = (input.current?.value ?? '').replaceAll(/\s/g, '');
    const found = await judge(text);
    setFault(found);
    // The next voter must not find this one's pass.
    if (input.current !== null) input.current.value = '';
    if (found === null) begin(text);
  };
  const here = definition.regions.find(({ id }) => id === region)?.stations.find(({ id }) => id === station);
  return (
    <>
      <h1>{messages.welcome}</h1>
      <p class="quiet">{here?.name ?? station}</p>
      <form onSubmit={(event: Event) => void submit(event)} noValidate>
        <div class="field">
          <label for="pass">{messages.pass}</label>
          <p class="hint" id="pass-hint">
            {messages.welcomeHint}
          </p>
          <input
            ref={input}
            id="pass"
            name="pass"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            aria-describedby="pass-hint pass-fault"
            aria-invalid={fault === null ? 'false' : 'true'}
          />
          <p id="pass-fault" class="bad-text" role="alert">
            {fault}
          </p>
        </div>
        <button type="submit" class="button">
          {messages.begin}
        </button>
      </form>
      <p class="quiet small">{messages.closes(formats.dateTime(definition.closesAt, definition.timeZone))}</p>
    </>
  );
}
