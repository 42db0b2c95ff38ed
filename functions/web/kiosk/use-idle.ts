import { useRef, useState } from 'hono/jsx/dom';
import { useEffectNow } from '../page/use-effect-now.ts';

/** Without a touch for so long, a voter may have gone; then so long to answer. */
export const idleMs = 90_000;
export const graceMs = 30_000;
/** A click without a pointer or a key is how assistive technology presses a button. */
const touches = ['pointerdown', 'keydown', 'input', 'wheel', 'click'] as const;

/**
 * Seconds left until `onLeft` is called, once nobody has touched the device for a while; null before that. A touch,
 * anywhere, begins anew; so does the call.
 *
 * @param answer what is an answer once it has asked: with `click` any other touch only gives the time to answer again.
 *   What was covered must not come up under a finger that is still down, nor for a scanner, which types.
 */
export function useIdle(onLeft: () => void, answer: 'click' | 'touch'): number | null {
  const [secondsLeft, setSecondsLeft] = useState<number | null>(null);
  const left = useRef(onLeft);
  left.current = onLeft;
  useEffectNow(() => {
    let touchedAtMs = Date.now();
    const leftMs = () => idleMs + graceMs - (Date.now() - touchedAtMs);
    const begin = () => {
      touchedAtMs = Date.now();
      setSecondsLeft(null);
    };
    const touch = ({ type }: Event) => {
      const isAsked = leftMs() <= graceMs;
      if (isAsked && answer === 'click' && type !== 'click') touchedAtMs = Date.now() - idleMs;
      else begin();
    };
    const look = () => {
      const ms = leftMs();
      if (ms > 0) return setSecondsLeft(ms > graceMs ? null : Math.ceil(ms / 1000));
      begin();
      left.current?.();
    };
    const timer = setInterval(look, 1_000);
    for (const name of touches) document.addEventListener(name, touch);
    return () => {
      clearInterval(timer);
      for (const name of touches) document.removeEventListener(name, touch);
    };
  }, []);
  return secondsLeft;
}
