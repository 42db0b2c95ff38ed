import type { Readiness } from './kiosk-page.tsx';
import type { KioskMessages } from './messages-en.ts';

export interface ReadinessLinesProps {
  readonly messages: KioskMessages;
  readonly readiness: Readiness;
}

/** What whoever sets a kiosk up has to see before the first voter comes. */
export function ReadinessLines({ messages, readiness }: ReadinessLinesProps) {
  const { isOffline, isKept } = readiness;
  return (
    <ul class="plain small readiness">
      <li class={isOffline ? 'good-text' : 'quiet'}>
        {isOffline ? messages.offlineReady : messages.offlineNotReady}
      </li>
      <li class={isKept ? 'good-text' : 'quiet'}>
        {isKept ? messages.storageKept : messages.storageNotKept}
      </li>
    </ul>
  );
}
