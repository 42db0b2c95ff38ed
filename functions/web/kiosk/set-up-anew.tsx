import { useFocusOnStep } from '../page/use-focus.ts';
import type { KioskIdentity } from './kiosk-identity.ts';
import type { Kiosk, KioskSpeech, SetUp } from './kiosk-page.tsx';
import { PairKiosk } from './pair-kiosk.tsx';
import { useIdle } from './use-idle.ts';

export interface SetUpAnewProps {
  readonly speech: KioskSpeech;
  readonly kiosk: Kiosk;
  readonly next: KioskIdentity;
  readonly setUp: SetUp;
  readonly leave: () => void;
}

/**
 * Anybody may open it: what only the election office can give, a credential, is what completes it. Whoever walks away
 * leaves the kiosk as it was; the registration code is the same when they come back.
 */
export function SetUpAnew({ speech, kiosk, next, setUp, leave }: SetUpAnewProps) {
  useIdle(leave, 'touch');
  useFocusOnStep('kiosk set-up');
  const { messages } = speech;
  return (
    <>
      <PairKiosk speech={speech} identity={next} current={kiosk} setUp={setUp} />
      <button type="button" class="button link" onClick={leave}>
        {messages.keepSetup}
      </button>
    </>
  );
}
