import { useState } from 'hono/jsx/dom';
import { readDefinition } from '../api/ask.ts';
import type { Speech } from '../page/mount-page.tsx';
import { useEffectNow } from '../page/use-effect-now.ts';
import { type KioskIdentity, makeIdentity } from './kiosk-identity.ts';
import { type KioskStore, openKioskStore, type Pairing } from './kiosk-store.ts';
import type { KioskMessages } from './messages-en.ts';
import { PairKiosk } from './pair-kiosk.tsx';
import { registerWorker } from './register-worker.ts';
import { ServeVoters } from './serve-voters.tsx';

export type KioskSpeech = Speech<KioskMessages>;

/** What a kiosk is, once it has looked at itself. */
export interface Kiosk {
  readonly store: KioskStore;
  readonly identity: KioskIdentity;
}

/** How well this device would stand a cut. */
export interface Readiness {
  /** The page opens without a network. */
  readonly isOffline: boolean;
  /** The browser does not clear what is kept when it needs room. */
  readonly isKept: boolean;
}

/** `/kiosk` and `/kiosk/{election}` */
export function KioskPage({ speech }: { readonly speech: KioskSpeech }) {
  const [kiosk, setKiosk] = useState<Kiosk | 'none' | null>(null);
  const [pairing, setPairing] = useState<Pairing | undefined>(undefined);
  const [readiness, setReadiness] = useState<Readiness>({ isOffline: false, isKept: false });
  useEffectNow(() => {
    document.documentElement.classList.add('kiosk');
    void (async () => {
      const opened = await openKiosk().catch(() => 'none' as const);
      const kept = opened === 'none' ? undefined : await opened.store.readPairing();
      setPairing(kept);
      setKiosk(opened);
      setReadiness(await prepareDevice());
      if (opened === 'none' || kept === undefined) return;
      const newer = await refresh(opened.store, kept);
      if (newer !== null) setPairing(newer);
    })();
  }, []);
  const { messages } = speech;
  if (kiosk === null) return <p class="quiet">{messages.loading}</p>;
  if (kiosk === 'none') {
    return (
      <>
        <h1>{messages.kioskTitle}</h1>
        <p class="notice bad">{messages.cannotKeep}</p>
      </>
    );
  }
  const pair = async (made: Pairing | null) => {
    await kiosk.store.keepPairing(made);
    setPairing(made ?? undefined);
  };
  return pairing === undefined ? (
    <PairKiosk speech={speech} identity={kiosk.identity} readiness={readiness} pair={pair} />
  ) : (
    <ServeVoters
      speech={speech}
      kiosk={kiosk}
      pairing={pairing}
      readiness={readiness}
      unpair={() => void pair(null)}
    />
  );
}

async function openKiosk(): Promise<Kiosk> {
  let identity: KioskIdentity | undefined;
  const store = await openKioskStore(() => {
    if (identity === undefined) throw new Error('the kiosk has no identity yet');
    return identity.boxKey;
  });
  identity = await store.readIdentity();
  if (identity === undefined) {
    identity = await makeIdentity();
    await store.keepIdentity(identity);
  }
  return { store, identity };
}

async function prepareDevice(): Promise<Readiness> {
  const isKept = await navigator.storage.persist().catch(() => false);
  return { isKept, isOffline: await registerWorker() };
}

/** A newer version of the definition, where there is one and a network. */
async function refresh(store: KioskStore, pairing: Pairing): Promise<Pairing | null> {
  const answer = await readDefinition(pairing.definition.election);
  if (answer.kind !== 'ok' || answer.body.version <= pairing.definition.version) return null;
  const newer = { ...pairing, definition: answer.body };
  await store.keepPairing(newer);
  return newer;
}
