import { useState } from 'hono/jsx/dom';
import { useEffectNow } from '../page/use-effect-now.ts';
import type { Kiosk, KioskSpeech, Readiness } from './kiosk-page.tsx';
import type { Counts, Pairing } from './kiosk-store.ts';
import { ReadinessLines } from './readiness-lines.tsx';
import type { LineState } from './serve-voters.tsx';

export interface StatusBarProps {
  readonly speech: KioskSpeech;
  readonly kiosk: Kiosk;
  readonly pairing: Pairing;
  readonly counts: Counts;
  readonly state: LineState;
  readonly readiness: Readiness;
  readonly unpair: () => void;
}

/** Whether there is a line, how many votes wait for it, and the rest for poll workers. */
export function StatusBar({ speech, kiosk, pairing, counts, state, readiness, unpair }: StatusBarProps) {
  const { messages, formats } = speech;
  const isOffline = state.line === 'offline';
  return (
    <footer class="status-bar">
      {state.held === null ? null : (
        <p class="notice warning" role="alert">
          {messages.held(state.held)}
        </p>
      )}
      {counts.refused === 0 ? null : (
        <p class="notice bad" role="alert">
          {messages.refusedVotes(counts.refused)}
        </p>
      )}
      <p class="line" role="status">
        <span class={isOffline ? 'warning-text' : 'good-text'}>
          {isOffline ? messages.offline : messages.online}
        </span>
        <span class="waiting-count">{messages.waiting(formats.number(counts.waiting))}</span>
      </p>
      <details class="more">
        <summary>{messages.details}</summary>
        <dl class="facts">
          <dt>{messages.station}</dt>
          <dd>
            {pairing.region} / {pairing.station}
          </dd>
          <dt>{messages.kioskId}</dt>
          <dd>
            <code>{kiosk.identity.kioskId}</code>
          </dd>
          <dt>{messages.waitingLabel}</dt>
          <dd>{formats.number(counts.waiting)}</dd>
          <dt>{messages.sent}</dt>
          <dd>{formats.number(counts.sent)}</dd>
          <dt>{messages.refusedLabel}</dt>
          <dd>
            {formats.number(counts.refused)} <Refusals kiosk={kiosk} refused={counts.refused} />
          </dd>
        </dl>
        <ReadinessLines messages={messages} readiness={readiness} />
        <div class="actions">
          <button
            type="button"
            class="button second"
            onClick={() => void document.documentElement.requestFullscreen().catch(() => {})}
          >
            {messages.fullScreen}
          </button>
          <button type="button" class="button second" disabled={counts.waiting > 0} onClick={unpair}>
            {messages.unpair}
          </button>
        </div>
        <p class="quiet small">{messages.unpairHint}</p>
      </details>
    </footer>
  );
}

/** Why votes were refused, in the API's words. */
function Refusals({ kiosk, refused }: { readonly kiosk: Kiosk; readonly refused: number }) {
  const [codes, setCodes] = useState<readonly string[]>([]);
  useEffectNow(() => {
    if (refused > 0) void kiosk.store.readRefusals().then((all) => setCodes([...new Set(all)]));
  }, [refused]);
  return codes.length === 0 ? null : <code>{codes.join(', ')}</code>;
}
