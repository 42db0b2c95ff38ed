import { QrCode } from '../page/qr-code.tsx';
import { useEffectNow } from '../page/use-effect-now.ts';
import { useFocusOnStep } from '../page/use-focus.ts';
import type { KioskSpeech } from './kiosk-page.tsx';
import type { Pairing } from './kiosk-store.ts';

export interface VoteKeptProps {
  readonly speech: KioskSpeech;
  readonly pairing: Pairing;
  readonly receiptId: string;
  readonly done: () => void;
}

/** Time to take a picture; then the next voter's turn. */
export const shownMs = 30_000;

/** The receipt is not signed yet: the service does that when the vote arrives. Its id is known already. */
export function VoteKept({ speech, pairing, receiptId, done }: VoteKeptProps) {
  const { messages } = speech;
  const { definition } = pairing;
  useFocusOnStep('kiosk kept');
  useEffectNow(() => {
    const timer = setTimeout(done, shownMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <>
      <h1>{messages.keptTitle}</h1>
      <p class="notice good">{messages.kept}</p>
      <section class="card receipt" aria-label={messages.receipt}>
        <QrCode
          text={`${location.origin}/receipts/${definition.election}/${receiptId}`}
          label={messages.qr}
        />
        <div class="kept-words">
          <dl class="facts">
            <dt>{messages.receipt}</dt>
            <dd>
              <code class="receipt-id">{receiptId}</code>
            </dd>
          </dl>
          <p>{messages.keptReceipt}</p>
        </div>
      </section>
      <button type="button" class="button" onClick={done}>
        {messages.finish}
      </button>
    </>
  );
}
