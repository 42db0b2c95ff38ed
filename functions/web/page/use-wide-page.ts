import { useEffectNow } from './use-effect-now.ts';

/** Gives a page with tables the whole width. */
export function useWidePage(): void {
  useEffectNow(() => {
    // What is being drawn is in the document a microtask later.
    queueMicrotask(() => {
      for (const part of document.querySelectorAll('main, .frame')) part.classList.add('wide');
    });
  }, []);
}
