import type { Definition } from '../../../schema/wire/definition.ts';
import { definitionAddress } from '../api/ask.ts';
import { createAsker, isDefinition } from './ask-again.ts';
import { intervalsMs } from './poll-schedule.ts';
import { type Poller, startPoller } from './poller.ts';

export interface AwaitingOptions {
  readonly election: string;
  /** Each version, as it comes. */
  readonly onDefinition: (definition: Definition) => void;
  /** By what the definition and this device's clock say; again and again, until it is stopped. */
  readonly onPublic: () => void;
}

/** Until results are public, the definition says when that is, also when it turns out to be sooner. */
export function awaitPublication({ election, onDefinition, onPublic }: AwaitingOptions): Poller {
  let last: Definition | null = null;
  return startPoller<Definition>({
    ask: createAsker(definitionAddress(election), isDefinition),
    intervalMs: intervalsMs.definition,
    isFinal: () => false,
    onAsked(asked) {
      if (asked.kind === 'new') {
        last = asked.body;
        onDefinition(last);
      }
      if (last !== null && isPublic(last, Date.now())) onPublic();
    },
  });
}

const isPublic = ({ resultsVisibility, closesAt }: Definition, nowMs: number): boolean =>
  resultsVisibility === 'live' || nowMs >= Date.parse(closesAt);
