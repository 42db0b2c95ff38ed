import { useState } from 'hono/jsx/dom';
import { electionOf } from '../api/ask.ts';
import { controlOf, Field, focusField } from '../page/field.tsx';
import { readField } from '../page/read-field.ts';
import { addressOf, readReceiptLink } from './receipt-link.ts';
import type { ReceiptSpeech } from './receipt-page.tsx';

type Fault = 'notAReceipt' | 'brokenLink' | 'needElection';

export interface ReceiptFormProps {
  readonly speech: ReceiptSpeech;
  /** Of an id that stands alone; null: it is asked for. */
  readonly election: string | null;
  /** What stands in the field to begin with. */
  readonly text: string;
  /** What is wrong with the address that led here. */
  readonly fault: Fault | null;
}

/** Takes a link or an id, and leads to its address. */
export function ReceiptForm({ speech: { messages }, election, text, fault: initial }: ReceiptFormProps) {
  const [fault, setFault] = useState<Fault | null>(initial);
  const submit = (event: Event) => {
    event.preventDefault();
    const refuse = (why: Fault, name: string) => {
      setFault(why);
      focusField(event.target, name);
    };
    const link = readReceiptLink(readField(event.target, 'receipt'));
    if (link === null) return refuse('notAReceipt', 'receipt');
    const named = link.election ?? election ?? electionOf(`/receipts/${readField(event.target, 'election')}`);
    if (named === null) return refuse('needElection', 'election');
    location.assign(addressOf(named, link));
  };
  const receiptField = {
    id: 'receipt',
    label: messages.receipt,
    hint: messages.hint,
    fault: fault === null || fault === 'needElection' ? null : messages[fault],
  };
  const electionField = {
    id: 'election',
    label: messages.election,
    hint: messages.electionHint,
    fault: fault === 'needElection' ? messages.needElection : null,
  };
  return (
    <form onSubmit={submit} noValidate>
      <Field {...receiptField}>
        <textarea rows={3} value={text} {...controlOf(receiptField)} />
      </Field>
      {election === null ? (
        <Field {...electionField}>
          <input autocapitalize="off" {...controlOf(electionField)} />
        </Field>
      ) : null}
      <button type="submit" class="button">
        {messages.check}
      </button>
    </form>
  );
}
