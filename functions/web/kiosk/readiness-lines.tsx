import type { KioskMessages } from './messages-en.ts';
import type { Readiness } from './use-readiness.ts';

export interface ReadinessLinesProps {
  readonly messages: KioskMessages;
  readonly readiness: Readiness;
}

/** What whoever sets a kiosk up has to see before the first voter comes. */
export function ReadinessLines({ messages, readiness }: ReadinessLinesProps) {
  const { isOffline, isKept } = readiness;
  return (
    <ul class="plain small readiness">
      <li class={isOffline ? 'good-text' : 'warning-text'}>
        {isOffline ? messages.offlineReady : messages.offlineNotReady}
      </li>
      <li class={isKept ? 'good-text' : 'warning-text'}>
        {isKept ? messages.storageKept : messages.storageNotKept}
      </li>
    </ul>
  );
}
