import { useLayoutEffect } from 'hono/jsx/dom';

/**
 * Runs as soon as the elements are there; what it returns runs when they go. hono's `useEffect` waits for the next
 * animation frame instead: it never runs in a tab that is out of sight, where a ballot has to be sent all the same,
 * and on a slow device it runs for what is gone already, whose timers nobody stops then. New elements may not be
 * in the document yet: what needs that waits for a microtask.
 */
export const useEffectNow = useLayoutEffect;
