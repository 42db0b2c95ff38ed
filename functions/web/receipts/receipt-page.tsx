import { useState } from 'hono/jsx/dom';
import type { Definition } from '../../../schema/wire/definition.ts';
import { electionOf } from '../api/ask.ts';
import type { Speech } from '../page/mount-page.tsx';
import { readField } from '../page/read-field.ts';
import { useDefinition } from '../page/use-definition.ts';
import { useEffectNow } from '../page/use-effect-now.ts';
import type { ReceiptMessages } from './messages-en.ts';
import { type ReceiptLink, readReceiptLink } from './receipt-link.ts';
import { ReceiptVerdicts } from './receipt-verdicts.tsx';

export type ReceiptSpeech = Speech<ReceiptMessages>;

/** `/receipts/{election}`, and `/receipts/{election}/{id}#{key}.{signature}.{commitment}` */
export function ReceiptPage({ speech }: { readonly speech: ReceiptSpeech }) {
  const { messages } = speech;
  const loading = useDefinition(electionOf(location.pathname));
  switch (loading.kind) {
    case 'loading':
      return <p class="quiet">{messages.loading}</p>;
    case 'unreachable':
      return (
        <>
          <h1>{messages.title}</h1>
          <p class="notice warning" role="status">
            {messages.cannotAsk}
          </p>
        </>
      );
    case 'missing':
      return (
        <>
          <h1>{messages.title}</h1>
          <p class="notice bad">{messages.noElection}</p>
        </>
      );
    case 'loaded':
      return <CheckReceipt speech={speech} definition={loading.definition} />;
  }
}

interface CheckReceiptProps {
  readonly speech: ReceiptSpeech;
  readonly definition: Definition;
}

const fromAddress = (): ReceiptLink | null => readReceiptLink(location.pathname + location.hash);

function CheckReceipt({ speech, definition }: CheckReceiptProps) {
  const { messages } = speech;
  const [link, setLink] = useState<ReceiptLink | null>(fromAddress);
  const [fault, setFault] = useState<string | null>(null);
  useEffectNow(() => {
    const follow = () => setLink(fromAddress());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const submit = (event: Event) => {
    event.preventDefault();
    const read = readReceiptLink(readField(event.target, 'receipt'));
    if (read === null) return setFault(messages.notAReceipt);
    if (read.election !== null && read.election !== definition.election)
      return setFault(messages.otherElection);
    setFault(null);
    setLink(read);
  };
  const form = (
    <form onSubmit={submit} noValidate>
      <div class="field">
        <label for="receipt">{messages.receipt}</label>
        <p class="hint" id="receipt-hint">
          {messages.hint}
        </p>
        <textarea
          id="receipt"
          name="receipt"
          rows={3}
          autocomplete="off"
          spellcheck={false}
          aria-describedby="receipt-hint receipt-fault"
          aria-invalid={fault === null ? 'false' : 'true'}
        />
        <p id="receipt-fault" class="bad-text" role="alert">
          {fault}
        </p>
      </div>
      <button type="submit" class="button">
        {messages.check}
      </button>
    </form>
  );
  return (
    <>
      <p class="quiet small election-name">{definition.name}</p>
      <h1>{messages.title}</h1>
      {link === null ? (
        form
      ) : (
        <>
          <p>
            {messages.receipt} <code class="receipt-id">{link.receiptId}</code>
          </p>
          <ReceiptVerdicts key={JSON.stringify(link)} speech={speech} definition={definition} link={link} />
          <details class="more">
            <summary>{messages.another}</summary>
            {form}
          </details>
        </>
      )}
    </>
  );
}
