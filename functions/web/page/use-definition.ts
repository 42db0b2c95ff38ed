import { useState } from 'hono/jsx/dom';
import type { Definition } from '../../../schema/wire/definition.ts';
import { definitionAddress } from '../api/ask.ts';
import { askUntilAnswered } from '../api/ask-until-answered.ts';
import { useEffectNow } from './use-effect-now.ts';

export type Loading =
  | { readonly kind: 'loading' }
  /** Tried again by itself. */
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'loaded'; readonly definition: Definition };

/** An election's definition, for as long as it takes to get it. Null: there is no election to ask for. */
export function useDefinition(election: string | null): Loading {
  const [loading, setLoading] = useState<Loading>({ kind: 'loading' });
  useEffectNow(() => {
    const stopping = new AbortController();
    const load = async (): Promise<void> => {
      if (election === null) return setLoading({ kind: 'missing' });
      const outcome = await askUntilAnswered<Definition>(definitionAddress(election), {
        signal: stopping.signal,
        onWaiting: () => setLoading({ kind: 'unreachable' }),
      });
      if (outcome === null) return;
      const { answer } = outcome;
      setLoading(answer.kind === 'ok' ? { kind: 'loaded', definition: answer.body } : { kind: 'missing' });
    };
    void load();
    return () => stopping.abort();
  }, [election]);
  return loading;
}
