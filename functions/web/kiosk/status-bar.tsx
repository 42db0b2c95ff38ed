import { useState } from 'hono/jsx/dom';
import { useEffectNow } from '../page/use-effect-now.ts';
import type { Line, LineState } from './keep-line.ts';
import type { Kiosk, KioskSpeech } from './kiosk-page.tsx';
import type { Counts } from './kiosk-store.ts';
import { ReadinessLines } from './readiness-lines.tsx';
import { SaveVotes } from './save-votes.tsx';
import type { Readiness } from './use-readiness.ts';

export interface StatusBarProps {
  readonly speech: KioskSpeech;
  readonly kiosk: Kiosk;
  readonly counts: Counts;
  readonly state: LineState;
  readonly readiness: Readiness;
  /** Null: not now. */
  readonly openSetup: (() => void) | null;
}

const lineClasses: Readonly<Record<Line, string>> = {
  unheard: 'quiet',
  online: 'good-text',
  offline: 'warning-text',
};

/** Whether there is a line, how many votes wait for it, and the rest for poll workers. */
export function StatusBar({ speech, kiosk, counts, state, readiness, openSetup }: StatusBarProps) {
  const { messages, formats } = speech;
  return (
    <footer class="status-bar">
      {state.held.length === 0 ? null : (
        <p class="notice warning" role="alert">
          {messages.held(state.held.join(', '))}
        </p>
      )}
      {state.unreadable === 0 ? null : (
        <p class="notice bad" role="alert">
          {messages.unreadable(state.unreadable)}
        </p>
      )}
      {counts.refused === 0 ? null : (
        <p class="notice bad" role="alert">
          {messages.refusedVotes(counts.refused)}
        </p>
      )}
      <p class="line" role="status">
        <span class={lineClasses[state.line]}>{messages.lines[state.line]}</span>
        <span class="waiting-count">{messages.waiting(formats.number(counts.waiting))}</span>
      </p>
      <details class="more">
        <summary>{messages.details}</summary>
        <Facts speech={speech} kiosk={kiosk} counts={counts} state={state} />
        <ReadinessLines messages={messages} readiness={readiness} />
        <div class="actions">
          <button
            type="button"
            class="button second"
            onClick={() => void document.documentElement.requestFullscreen().catch(() => {})}
          >
            {messages.fullScreen}
          </button>
          <button
            type="button"
            class="button second"
            disabled={openSetup === null}
            onClick={() => openSetup?.()}
          >
            {messages.setUpAnew}
          </button>
        </div>
        <p class="quiet small">{messages.setUpAnewHint}</p>
        <SaveVotes speech={speech} kiosk={kiosk} counts={counts} />
      </details>
    </footer>
  );
}

type FactsProps = Pick<StatusBarProps, 'speech' | 'kiosk' | 'counts' | 'state'>;

function Facts({ speech, kiosk, counts, state }: FactsProps) {
  const { messages, formats } = speech;
  const { identity, pairing } = kiosk;
  return (
    <dl class="facts">
      <dt>{messages.station}</dt>
      <dd>
        {pairing.region} / {pairing.station}
      </dd>
      <dt>{messages.kioskId}</dt>
      <dd>
        <code>{identity.kioskId}</code>
      </dd>
      <dt>{messages.lastHeard}</dt>
      <dd>{state.heardAtMs === null ? '–' : formats.time(state.heardAtMs, pairing.definition.timeZone)}</dd>
      <dt>{messages.waitingLabel}</dt>
      <dd>{formats.number(counts.waiting)}</dd>
      <dt>{messages.sent}</dt>
      <dd>{formats.number(counts.sent)}</dd>
      <dt>{messages.refusedLabel}</dt>
      <dd>
        {formats.number(counts.refused)} <Refusals kiosk={kiosk} refused={counts.refused} />
      </dd>
    </dl>
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
