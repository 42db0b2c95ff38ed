import { useRef, useState } from 'hono/jsx/dom';
import { useEffectNow } from '../page/use-effect-now.ts';
import { useFocusOnStep } from '../page/use-focus.ts';
import { judgePass, type PassFault } from './judge-pass.ts';
import type { KioskSpeech } from './kiosk-page.tsx';
import type { KioskStore, Pairing } from './kiosk-store.ts';
import { useIdle } from './use-idle.ts';

export interface WelcomeProps {
  readonly speech: KioskSpeech;
  readonly store: KioskStore;
  readonly pairing: Pairing;
  readonly newest: () => Promise<Pairing>;
  readonly begin: (pass: string) => void;
}

/** Long enough to take a pass that was not read whole as one. */
const clearedAfterMs = 20_000;

/** `broken`: the device does not read what it keeps. */
type Fault = PassFault | 'broken';

/** Takes a pass from a scanner, which types it and ends with Enter, or from the keyboard. */
export function Welcome({ speech, store, pairing, newest, begin }: WelcomeProps) {
  const { messages, formats } = speech;
  const { definition, region, station } = pairing;
  const [fault, setFault] = useState<Fault | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const clear = () => {
    if (input.current !== null) input.current.value = '';
  };
  // Whoever left without beginning leaves no pass and no language to the next.
  const secondsLeft = useIdle(() => {
    clear();
    setFault(null);
    speech.reset();
  }, 'touch');
  const isWarned = secondsLeft !== null && (input.current?.value ?? '') !== '';
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

  const judge = async (text: string): Promise<Fault | null> => {
    const judged = await judgePass(text, pairing, store, Date.now());
    if (judged.ok) return null;
    if (judged.fault !== 'not-open') return judged.fault;
    // The hours may have been extended a moment ago.
    const again = await judgePass(text, await newest(), store, Date.now());
    return again.ok ? null : again.fault;
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const text = (input.current?.value ?? '').replaceAll(/\s/g, '');
    // The next voter must not find this one's pass.
    clear();
    const found = await judge(text).catch(() => 'broken' as const);
    setFault(found);
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
            {fault === null ? null : fault === 'broken' ? messages.broken : messages.passFaults[fault]}
          </p>
          <p class="warning-text">{isWarned ? messages.clearedIn(formats.number(secondsLeft)) : null}</p>
        </div>
        <button type="submit" class="button">
          {messages.begin}
        </button>
      </form>
      <p class="quiet small">{messages.closes(formats.dateTime(definition.closesAt, definition.timeZone))}</p>
    </>
  );
}
