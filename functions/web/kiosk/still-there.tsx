import { useRef } from 'hono/jsx/dom';
import { useEffectNow } from '../page/use-effect-now.ts';
import type { KioskSpeech } from './kiosk-page.tsx';

export interface StillThereProps {
  readonly speech: KioskSpeech;
  readonly secondsLeft: number;
  readonly leave: () => void;
}

/** Over the ballot, so that nobody sees it who only comes by. Any touch is an answer. */
export function StillThere({ speech, secondsLeft, leave }: StillThereProps) {
  const { messages, formats } = speech;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffectNow(() => {
    dialog.current?.showModal();
    return () => dialog.current?.close();
  }, []);
  return (
    <dialog ref={dialog} role="alertdialog" aria-labelledby="still-there" aria-describedby="reset-in">
      <h2 id="still-there">{messages.stillThere}</h2>
      <p id="reset-in">{messages.resetIn(formats.number(secondsLeft))}</p>
      <div class="actions">
        <button type="button" class="button">
          {messages.goOn}
        </button>
        <button type="button" class="button second" onClick={leave}>
          {messages.leave}
        </button>
      </div>
    </dialog>
  );
}
