import { useState } from 'hono/jsx/dom';
import type { Definition } from '../../../schema/wire/definition.ts';
import { readDefinition } from '../api/ask.ts';
import { isFinal, retryDelayMs } from '../api/retry-schedule.ts';
import { useEffectNow } from './use-effect-now.ts';

export type Loading =
  | { readonly kind: 'loading' }
  /** Tried again by itself. */
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'loaded'; readonly definition: Definition };

/** An election's definition, for as long as it takes to get it. Null: the address names no election. */
export function useDefinition(election: string | null): Loading {
  const [loading, setLoading] = useState<Loading>({ kind: 'loading' });
  useEffectNow(() => {
    let isWanted = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async (attempt: number): Promise<void> => {
      if (election === null) return setLoading({ kind: 'missing' });
      const answer = await readDefinition(election);
      if (!isWanted) return;
      if (answer.kind === 'ok') return setLoading({ kind: 'loaded', definition: answer.body });
      if (isFinal(answer)) return setLoading({ kind: 'missing' });
      setLoading({ kind: 'unreachable' });
      timer = setTimeout(() => void load(attempt + 1), retryDelayMs(attempt, Math.random(), null));
    };
    void load(0);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [election]);
  return loading;
}
