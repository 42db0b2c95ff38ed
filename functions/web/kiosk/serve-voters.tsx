import { useState } from 'hono/jsx/dom';
import { useSubject } from '../page/mount-page.tsx';
import { BallotAtKiosk } from './ballot-at-kiosk.tsx';
import { type KioskIdentity, makeAnother } from './kiosk-identity.ts';
import type { Kiosk, KioskSpeech, SetUp } from './kiosk-page.tsx';
import type { Pairing } from './kiosk-store.ts';
import { SetUpAnew } from './set-up-anew.tsx';
import { StatusBar } from './status-bar.tsx';
import { type LineView, useLine } from './use-line.ts';
import type { Readiness } from './use-readiness.ts';
import { VoteKept } from './vote-kept.tsx';
import { Welcome } from './welcome.tsx';

export interface ServeVotersProps {
  readonly speech: KioskSpeech;
  readonly kiosk: Kiosk;
  readonly readiness: Readiness;
  readonly setUp: SetUp;
  readonly setPairing: (newer: Pairing) => void;
}

/** Who stands in front of the kiosk. Only in memory: a device that starts anew starts with nobody. */
export type Visitor =
  | { readonly step: 'nobody' }
  | { readonly step: 'marking'; readonly pass: string }
  | { readonly step: 'kept'; readonly receiptId: string; readonly pass: string }
  /** A poll worker. Until a new pairing is complete the kiosk is what it was. */
  | { readonly step: 'setting-up'; readonly next: KioskIdentity };

/** One voter after another, while what they cast goes out behind their backs. */
export function ServeVoters({ speech, kiosk, readiness, setUp, setPairing }: ServeVotersProps) {
  const { store, identity, pairing } = kiosk;
  const [visitor, setVisitor] = useState<Visitor>({ step: 'nobody' });
  const line = useLine(kiosk, setPairing);
  useSubject(speech, pairing.definition.name);
  const { state, counts } = line;
  /** What comes late, a timer or a disk, changes nobody else's turn. */
  const change = (from: Visitor, to: Visitor) =>
    setVisitor((now) => {
      if (!isSame(now, from)) return now;
      if (to.step === 'nobody') speech.reset();
      return to;
    });
  const openSetup = async () => {
    const make = () => makeAnother(identity);
    // What cannot be kept is told when it should be: nothing is lost by showing it.
    const next = await store.identity('next-identity', make).catch(make);
    change({ step: 'nobody' }, { step: 'setting-up', next });
  };
  const maySetUp = visitor.step === 'nobody' && state.line === 'online';
  return (
    <div class="voters">
      <p class="quiet small election-name">{pairing.definition.name}</p>
      {/* An element of its own: where something follows, hono takes what it draws anew out and in again, and the focus with it. */}
      <div class="turn">
        <Turn
          speech={speech}
          kiosk={kiosk}
          visitor={visitor}
          line={line}
          setUp={setUp}
          change={(to) => change(visitor, to)}
        />
      </div>
      <StatusBar
        speech={speech}
        kiosk={kiosk}
        counts={counts}
        state={state}
        readiness={readiness}
        openSetup={maySetUp ? () => void openSetup() : null}
      />
    </div>
  );
}

/** Whether it is still the same visit. */
function isSame(one: Visitor, other: Visitor): boolean {
  if ('pass' in one && 'pass' in other) return one.pass === other.pass;
  return one.step === other.step;
}

type TurnProps = Pick<ServeVotersProps, 'speech' | 'kiosk' | 'setUp'> & {
  readonly visitor: Visitor;
  readonly line: LineView;
  readonly change: (to: Visitor) => void;
};

function Turn({ speech, kiosk, visitor, line, setUp, change }: TurnProps) {
  const { store, pairing } = kiosk;
  const leave = () => change({ step: 'nobody' });
  switch (visitor.step) {
    case 'nobody':
      return (
        <Welcome
          speech={speech}
          store={store}
          pairing={pairing}
          newest={line.newest}
          begin={(pass) => change({ step: 'marking', pass })}
        />
      );
    case 'marking':
      return (
        <BallotAtKiosk
          speech={speech}
          store={store}
          pairing={pairing}
          newest={line.newest}
          pass={visitor.pass}
          leave={leave}
          keep={(receiptId) => {
            change({ step: 'kept', receiptId, pass: visitor.pass });
            line.wake();
          }}
        />
      );
    case 'kept':
      return <VoteKept speech={speech} pairing={pairing} receiptId={visitor.receiptId} done={leave} />;
    case 'setting-up':
      return (
        <SetUpAnew
          speech={speech}
          kiosk={kiosk}
          next={visitor.next}
          setUp={async (made, next) => {
            const fault = await setUp(made, next);
            if (fault !== null) return fault;
            leave();
            // What waits goes out by the new credential.
            line.wake();
            return null;
          }}
          leave={leave}
        />
      );
  }
}
