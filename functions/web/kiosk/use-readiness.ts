import { useState } from 'hono/jsx/dom';
import { useEffectNow } from '../page/use-effect-now.ts';
import { registerWorker } from './register-worker.ts';

/** How well this device would stand a cut. */
export interface Readiness {
  /** The page opens without a network. */
  readonly isOffline: boolean;
  /** The browser does not clear what is kept when it needs room. */
  readonly isKept: boolean;
}

/** The edge may have had the page of another version, or there was no network: tried again so often. */
const againMs = 30_000;

/** Makes the device ready, for as long as it takes. */
export function useReadiness(): Readiness {
  const [readiness, setReadiness] = useState<Readiness>({ isOffline: false, isKept: false });
  useEffectNow(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const prepare = async () => {
      const [isKept, isOffline] = await Promise.all([
        navigator.storage.persist().catch(() => false),
        registerWorker(),
      ]);
      setReadiness({ isKept, isOffline });
      if (!isOffline) timer = setTimeout(() => void prepare(), againMs);
    };
    void prepare();
    return () => clearTimeout(timer);
  }, []);
  return readiness;
}
