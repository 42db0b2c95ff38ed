import { useState } from 'hono/jsx/dom';
import type { Definition } from '../../../schema/wire/definition.ts';
import type { ReceiptStatus } from '../../../schema/wire/receipt.ts';
import { ask } from '../api/ask.ts';
import { pause } from '../api/pause.ts';
import { retryDelayMs } from '../api/retry-schedule.ts';
import { type SignatureVerdict, verifyReceipt } from '../crypto/receipt-signature.ts';
import { useEffectNow } from '../page/use-effect-now.ts';
import type { ReceiptLink } from './receipt-link.ts';
import type { ReceiptSpeech } from './receipt-page.tsx';

export interface ReceiptVerdictsProps {
  readonly speech: ReceiptSpeech;
  readonly definition: Definition;
  readonly link: ReceiptLink;
}

/** What the count says of a receipt, and what its signature does. The two are asked apart: each can stand alone. */
export function ReceiptVerdicts({ speech, definition, link }: ReceiptVerdictsProps) {
  const { messages, formats } = speech;
  const count = useStatus(definition.election, link.receiptId);
  const signature = useSignature(definition, link);
  return (
    <div class="verdicts" aria-live="polite">
      <section class="card">
        <h2>{messages.countTitle}</h2>
        {count.status === null ? (
          <p class="quiet">{count.isUnreachable ? messages.cannotAsk : messages.loading}</p>
        ) : (
          <>
            <p class={`verdict ${statusTones[count.status]}`}>{messages.statuses[count.status].name}</p>
            <p>{messages.statuses[count.status].meaning}</p>
            <p class="quiet small">{messages.asOf(formats.time(count.askedAtMs, definition.timeZone))}</p>
          </>
        )}
      </section>
      <section class="card">
        <h2>{messages.signatureTitle}</h2>
        {signature === null ? (
          <p class="quiet">{messages.loading}</p>
        ) : (
          <>
            <p class={`verdict ${signatureTones[signature]}`}>{messages.signatures[signature].name}</p>
            <p>{messages.signatures[signature].meaning}</p>
          </>
        )}
      </section>
    </div>
  );
}

const statusTones: Readonly<Record<ReceiptStatus, string>> = {
  recorded: 'good-text',
  pending: 'quiet',
  duplicate: 'warning-text',
  quarantined: 'warning-text',
};
const signatureTones: Readonly<Record<SignatureVerdict | 'absent', string>> = {
  valid: 'good-text',
  invalid: 'bad-text',
  'unknown-key': 'warning-text',
  'browser-cannot': 'quiet',
  absent: 'quiet',
};

interface Status {
  readonly status: ReceiptStatus | null;
  readonly askedAtMs: number;
  readonly isUnreachable: boolean;
}

/** Asks until it is no longer pending: slower and slower, as with a request that fails. */
function useStatus(election: string, receiptId: string): Status {
  const [count, setCount] = useState<Status>({ status: null, askedAtMs: 0, isUnreachable: false });
  useEffectNow(() => {
    const stopping = new AbortController();
    const { signal } = stopping;
    const look = async (): Promise<void> => {
      for (let attempt = 0; ; attempt += 1) {
        const answer = await ask<{ status: ReceiptStatus }>(
          `/v1/elections/${election}/receipts/${receiptId}`,
        );
        if (signal.aborted) return;
        const status = answer.kind === 'ok' ? answer.body.status : null;
        setCount({ status, askedAtMs: Date.now(), isUnreachable: status === null });
        if (status !== null && status !== 'pending') return;
        const retryAfterMs = answer.kind === 'problem' ? answer.retryAfterMs : null;
        const mayEndEarly = retryAfterMs === null;
        await pause(retryDelayMs(attempt, Math.random(), retryAfterMs), { mayEndEarly, signal });
      }
    };
    void look();
    return () => stopping.abort();
  }, []);
  return count;
}

function useSignature(
  definition: Definition,
  { receiptId, signed }: ReceiptLink,
): SignatureVerdict | 'absent' | null {
  const [verdict, setVerdict] = useState<SignatureVerdict | 'absent' | null>(null);
  useEffectNow(() => {
    if (signed === null) return setVerdict('absent');
    // Bytes that are no signature at all are not a genuine one.
    verifyReceipt(definition, { election: definition.election, receiptId, ...signed }).then(setVerdict, () =>
      setVerdict('invalid'),
    );
  }, []);
  return verdict;
}
