import { useState } from 'hono/jsx/dom';
import type { Speech } from '../page/mount-page.tsx';
import { useEffectNow } from '../page/use-effect-now.ts';
import { type KioskIdentity, makeIdentity } from './kiosk-identity.ts';
import { type KioskStore, openKioskStore, type Pairing } from './kiosk-store.ts';
import type { KioskMessages } from './messages-en.ts';
import { PairKiosk } from './pair-kiosk.tsx';
import { ReadinessLines } from './readiness-lines.tsx';
import { ServeVoters } from './serve-voters.tsx';
import { findSetupFault, type SetupFault } from './set-up.ts';
import { useReadiness } from './use-readiness.ts';

export type KioskSpeech = Speech<KioskMessages>;

/** What a kiosk is, once it is set up. */
export interface Kiosk {
  readonly store: KioskStore;
  readonly identity: KioskIdentity;
  readonly pairing: Pairing;
}

/** The same before. */
type Device = Pick<Kiosk, 'store' | 'identity'> & { readonly pairing: Pairing | undefined };

/** Sets the kiosk up, all of it or nothing; a fault: it is what it was. */
export type SetUp = (identity: KioskIdentity, pairing: Pairing) => Promise<SetupFault | null>;

/** `/kiosk` and `/kiosk/{election}` */
export function KioskPage({ speech }: { readonly speech: KioskSpeech }) {
  const [device, setDevice] = useState<Device | 'none' | null>(null);
  const readiness = useReadiness();
  useEffectNow(() => {
    document.documentElement.classList.add('kiosk');
    void openDevice()
      .catch(() => 'none' as const)
      .then(setDevice);
  }, []);
  const { messages } = speech;
  if (device === null) return <p class="quiet">{messages.loading}</p>;
  if (device === 'none') {
    return (
      <>
        <h1>{messages.kioskTitle}</h1>
        <p class="notice bad">{messages.cannotKeep}</p>
      </>
    );
  }
  const { store, identity, pairing } = device;
  const setUp: SetUp = async (made, next) => {
    try {
      const fault = findSetupFault(pairing, next, (await store.counts()).waiting);
      if (fault !== null) return fault;
      await store.setUp(made, next);
    } catch {
      return 'not-kept';
    }
    setDevice({ store, identity: made, pairing: next });
    return null;
  };
  if (pairing === undefined) {
    return (
      <>
        <PairKiosk speech={speech} identity={identity} setUp={setUp} />
        <ReadinessLines messages={messages} readiness={readiness} />
      </>
    );
  }
  return (
    <ServeVoters
      speech={speech}
      kiosk={{ store, identity, pairing }}
      readiness={readiness}
      setUp={setUp}
      setPairing={(newer) => setDevice((now) => (isOpened(now) ? { ...now, pairing: newer } : now))}
    />
  );
}

const isOpened = (device: Device | 'none' | null): device is Device => device !== null && device !== 'none';

async function openDevice(): Promise<Device> {
  const store = await openKioskStore();
  const identity = await store.identity('identity', makeIdentity);
  return { store, identity, pairing: await store.readPairing() };
}
