import { useEffectNow } from './use-effect-now.ts';

/**
 * Sends the focus to the heading, or to another target, whenever `step` changes, so that who hears the page hears where they are, and the top
 * of the page is in sight. Not the first time: that is where the browser begins anyway.
 */
export function useFocusOnStep(step: string, target = 'main h1'): void {
  useEffectNow(() => {
    if (last === undefined || last === step) {
      last = step;
      return;
    }
    last = step;
    const heading = document.querySelector<HTMLElement>(target);
    if (heading?.tabIndex === -1) heading.setAttribute('tabindex', '-1');
    heading?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [step]);
}

/** One page, one step. */
let last: string | undefined;
