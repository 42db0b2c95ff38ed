import { QrCode } from '../page/qr-code.tsx';
import { checkAddress } from '../receipts/receipt-link.ts';
import type { StepProps } from './ballot-page.tsx';
import type { Voting } from './voting.ts';

type ShowReceiptProps = StepProps & { readonly cast: Extract<Voting, { step: 'cast' }> };

/** What the voter keeps. The salt stays on the device, and is in no link. */
export function ShowReceipt({ speech, definition, change, cast }: ShowReceiptProps) {
  const { messages, formats } = speech;
  const { receipt, acceptedAt } = cast.accepted;
  const link = checkAddress(receipt);
  return (
    <>
      <h1>{messages.doneTitle}</h1>
      <p class="notice good">{messages.done}</p>
      <section class="card receipt" aria-label={messages.receipt}>
        <QrCode text={`${location.origin}${link}`} label={messages.qr} />
        <dl class="facts">
          <dt>{messages.receipt}</dt>
          <dd>
            <code class="receipt-id">{receipt.receiptId}</code>
          </dd>
          <dt>{messages.election}</dt>
          <dd>{definition.name}</dd>
          <dt>{messages.acceptedAt}</dt>
          <dd>{formats.dateTime(acceptedAt, definition.timeZone)}</dd>
        </dl>
      </section>
      <p>{messages.receiptSays}</p>
      <div class="actions">
        <a class="button" href={link}>
          {messages.check}
        </a>
        <button type="button" class="button second" onClick={() => print()}>
          {messages.print}
        </button>
      </div>
      <p class="quiet small no-print">{messages.removeHint}</p>
      <p class="no-print">
        <button
          type="button"
          class="button link"
          onClick={() => void change((kept) => (kept?.step === 'cast' ? undefined : kept))}
        >
          {messages.remove}
        </button>
      </p>
    </>
  );
}
