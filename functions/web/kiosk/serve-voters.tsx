import { useRef, useState } from 'hono/jsx/dom';
import { useEffectNow } from '../page/use-effect-now.ts';
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
  | { readonly step: 'kept'; readonly receiptId: string; readonly pass: string };

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
  useEffectNow(() => {
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
  const begin = (pass: string) => setVoter({ step: 'marking', pass });
  /** A timer that comes late ends nobody else's turn. */
  const end = (pass: string) =>
    setVoter((now) => {
      if (now.step === 'nobody' || now.pass !== pass) return now;
      speech.reset();
      return { step: 'nobody' };
    });
  const keep = (pass: string, receiptId: string) => {
    setVoter({ step: 'kept', receiptId, pass });
    count();
    uploader.current?.wake();
  };
  return (
    <div class="voters">
      <p class="quiet small election-name">{pairing.definition.name}</p>
      <Turn
        speech={speech}
        kiosk={kiosk}
        pairing={pairing}
        voter={voter}
        begin={begin}
        end={end}
        keep={keep}
      />
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

type TurnProps = Pick<ServeVotersProps, 'speech' | 'kiosk' | 'pairing'> & {
  readonly voter: Voter;
  readonly begin: (pass: string) => void;
  readonly end: (pass: string) => void;
  readonly keep: (pass: string, receiptId: string) => void;
};

function Turn({ speech, kiosk, pairing, voter, begin, end, keep }: TurnProps) {
  const { store } = kiosk;
  switch (voter.step) {
    case 'nobody':
      return <Welcome speech={speech} store={store} pairing={pairing} begin={begin} />;
    case 'marking':
      return (
        <BallotAtKiosk
          speech={speech}
          store={store}
          pairing={pairing}
          pass={voter.pass}
          leave={() => end(voter.pass)}
          keep={(receiptId) => keep(voter.pass, receiptId)}
        />
      );
    case 'kept':
      return (
        <VoteKept
          speech={speech}
          pairing={pairing}
          receiptId={voter.receiptId}
          done={() => end(voter.pass)}
        />
      );
  }
}
