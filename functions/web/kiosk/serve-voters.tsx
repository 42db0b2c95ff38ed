import { useEffect, useRef, useState } from 'hono/jsx/dom';
import { BallotAtKiosk } from './ballot-at-kiosk.tsx';
import type { Kiosk, KioskSpeech, Readiness } from './kiosk-page.tsx';
import type { Counts, Pairing } from './kiosk-store.ts';
import { StatusBar } from './status-bar.tsx';
import { type Line, startUploader, type Uploader } from './upload.ts';
import { VoteKept } from './vote-kept.tsx';
import { Welcome } from './welcome.tsx';

export interface ServeVotersProps {
  readonly speech: KioskSpeech;
  readonly kiosk: Kiosk;
  readonly pairing: Pairing;
  readonly readiness: Readiness;
  readonly unpair: () => void;
}

/** Who stands in front of the kiosk. Only in memory: a device that starts anew starts with nobody. */
export type Voter =
  | { readonly step: 'nobody' }
  | { readonly step: 'marking'; readonly pass: string }
  | { readonly step: 'kept'; readonly receiptId: string };

export interface LineState {
  readonly line: Line;
  readonly held: string | null;
}

/** One voter after another, while what they cast goes out behind their backs. */
export function ServeVoters({ speech, kiosk, pairing, readiness, unpair }: ServeVotersProps) {
  const { store, identity } = kiosk;
  const [voter, setVoter] = useState<Voter>({ step: 'nobody' });
  const [counts, setCounts] = useState<Counts>({ waiting: 0, sent: 0, refused: 0 });
  const [state, setState] = useState<LineState>({
    line: navigator.onLine ? 'online' : 'offline',
    held: null,
  });
  const uploader = useRef<Uploader | null>(null);
  const count = () => void store.counts().then(setCounts);
  useEffect(() => {
    count();
    const onAttempt = (line: Line, held: string | null) => {
      setState({ line, held });
      count();
    };
    const started = startUploader({ store, identity, pairing, onAttempt });
    uploader.current = started;
    const lose = () => setState((now) => ({ ...now, line: 'offline' }));
    addEventListener('offline', lose);
    return () => {
      started.stop();
      removeEventListener('offline', lose);
    };
  }, [pairing]);
  const next = () => {
    setVoter({ step: 'nobody' });
    speech.reset();
  };
  const keep = (receiptId: string) => {
    setVoter({ step: 'kept', receiptId });
    count();
    uploader.current?.wake();
  };
  return (
    <div class="voters">
      <p class="quiet small election-name">{pairing.definition.name}</p>
      {voter.step === 'nobody' ? (
        <Welcome
          speech={speech}
          store={store}
          pairing={pairing}
          begin={(pass) => setVoter({ step: 'marking', pass })}
        />
      ) : voter.step === 'marking' ? (
        <BallotAtKiosk
          speech={speech}
          store={store}
          pairing={pairing}
          pass={voter.pass}
          leave={next}
          keep={keep}
        />
      ) : (
        <VoteKept speech={speech} pairing={pairing} receiptId={voter.receiptId} done={next} />
      )}
      <StatusBar
        speech={speech}
        kiosk={kiosk}
        pairing={pairing}
        counts={counts}
        state={state}
        readiness={readiness}
        unpair={unpair}
      />
    </div>
  );
}
