import { useState } from 'hono/jsx/dom';
import { useEffectNow } from './use-effect-now.ts';

/** `location.hash`, as it changes: what stands there is an address of its own, to keep, to send and to go back from. */
export function useHash(): string {
  const [hash, setHash] = useState(location.hash);
  useEffectNow(() => {
    const follow = () => setHash(location.hash);
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return hash;
}
