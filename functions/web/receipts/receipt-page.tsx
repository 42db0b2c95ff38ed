import type { Definition } from '../../../schema/wire/definition.ts';
import { addressParts, electionOf } from '../api/ask.ts';
import { type Speech, useSubject } from '../page/mount-page.tsx';
import { useDefinition } from '../page/use-definition.ts';
import { useHash } from '../page/use-hash.ts';
import type { ReceiptMessages } from './messages-en.ts';
import { ReceiptForm } from './receipt-form.tsx';
import { readReceiptLink } from './receipt-link.ts';
import { ReceiptVerdicts } from './receipt-verdicts.tsx';

export type ReceiptSpeech = Speech<ReceiptMessages>;

/** `/receipts`, `/receipts/{election}`, `/receipts/{election}/{id}#{key}.{signature}.{commitment}`, and `/receipts/{id}` */
export function ReceiptPage({ speech }: { readonly speech: ReceiptSpeech }) {
  const election = electionOf(location.pathname);
  return election === null ? (
    <FindReceipt speech={speech} missing={null} />
  ) : (
    <OfElection speech={speech} election={election} />
  );
}

function OfElection({ speech, election }: { readonly speech: ReceiptSpeech; readonly election: string }) {
  const { messages } = speech;
  const loading = useDefinition(election);
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
      return <FindReceipt speech={speech} missing={election} />;
    case 'loaded':
      return <CheckReceipt speech={speech} definition={loading.definition} />;
  }
}

interface FindReceiptProps {
  readonly speech: ReceiptSpeech;
  /** What the address names, and is no election; null: it names none. */
  readonly missing: string | null;
}

/** Where the address names no election: a receipt's link does, and so can the reader. */
function FindReceipt({ speech, missing }: FindReceiptProps) {
  const { messages } = speech;
  const last = (addressParts(location.pathname).at(-1) ?? '') + location.hash;
  return (
    <>
      <h1>{messages.title}</h1>
      {missing === null ? null : (
        <p class="notice bad" role="alert">
          {messages.unknownElection(missing)}
        </p>
      )}
      <ReceiptForm
        speech={speech}
        election={null}
        text={readReceiptLink(last) === null ? '' : last}
        fault={null}
      />
    </>
  );
}

interface CheckReceiptProps {
  readonly speech: ReceiptSpeech;
  readonly definition: Definition;
}

/** The address says all: what is pasted becomes one. */
function CheckReceipt({ speech, definition }: CheckReceiptProps) {
  const { messages } = speech;
  const hash = useHash();
  useSubject(speech, definition.name);
  const link = readReceiptLink(location.pathname + hash);
  const isBroken = link === null && addressParts(location.pathname + hash).length > 1;
  return (
    <>
      <p class="quiet small election-name">{definition.name}</p>
      <h1>{messages.title}</h1>
      {link === null ? (
        <ReceiptForm
          speech={speech}
          election={definition.election}
          text=""
          fault={isBroken ? 'brokenLink' : null}
        />
      ) : (
        <>
          <p>
            {messages.receipt} <code class="receipt-id">{link.receiptId}</code>
          </p>
          <ReceiptVerdicts key={JSON.stringify(link)} speech={speech} definition={definition} link={link} />
          <details class="more">
            <summary>{messages.another}</summary>
            <ReceiptForm speech={speech} election={definition.election} text="" fault={null} />
          </details>
        </>
      )}
    </>
  );
}
