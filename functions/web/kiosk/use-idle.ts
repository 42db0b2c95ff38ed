import { useState } from 'hono/jsx/dom';
import { useEffectNow } from '../page/use-effect-now.ts';

/** Without a touch for so long, a voter may have gone; then so long to answer. */
export const idleMs = 90_000;
export const graceMs = 30_000;
const touches = ['pointerdown', 'keydown', 'input'] as const;

/**
 * Seconds left until `onLeft` is called, once nobody has touched the device for a while; null before that. A touch,
 * anywhere, begins anew.
 */
export function useIdle(isWatching: boolean, onLeft: () => void): number | null {
  const [secondsLeft, setSecondsLeft] = useState<number | null>(null);
  useEffectNow(() => {
    setSecondsLeft(null);
    if (!isWatching) return;
    let touchedAtMs = Date.now();
    const touch = () => {
      touchedAtMs = Date.now();
      setSecondsLeft(null);
    };
    const look = () => {
      const leftMs = idleMs + graceMs - (Date.now() - touchedAtMs);
      if (leftMs <= 0) onLeft();
      else setSecondsLeft(leftMs > graceMs ? null : Math.ceil(leftMs / 1000));
    };
    const timer = setInterval(look, 1_000);
    for (const name of touches) document.addEventListener(name, touch);
    return () => {
      clearInterval(timer);
      for (const name of touches) document.removeEventListener(name, touch);
    };
  }, [isWatching]);
  return secondsLeft;
}
