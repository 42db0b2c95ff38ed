import type { KioskSpeech } from './kiosk-page.tsx';

export interface StillThereProps {
  readonly speech: KioskSpeech;
  readonly secondsLeft: number;
  readonly leave: () => void;
}

/** In the place of the ballot, so that nobody sees it who only comes by. A click, anywhere, is an answer: `useIdle`. */
export function StillThere({ speech, secondsLeft, leave }: StillThereProps) {
  const { messages, formats } = speech;
  return (
    <section role="alertdialog" aria-labelledby="still-there" aria-describedby="reset-in">
      <h1 id="still-there" aria-describedby="reset-in">
        {messages.stillThere}
      </h1>
      <p id="reset-in">{messages.resetIn(formats.number(secondsLeft))}</p>
      <div class="actions">
        <button type="button" class="button">
          {messages.goOn}
        </button>
        <button type="button" class="button second" onClick={leave}>
          {messages.leave}
        </button>
      </div>
    </section>
  );
}
