import { useState } from 'hono/jsx/dom';
import type { Definition } from '../../../schema/wire/definition.ts';
import { electionOf } from '../api/ask.ts';
import type { Speech } from '../page/mount-page.tsx';
import { useDefinition } from '../page/use-definition.ts';
import { useEffectNow } from '../page/use-effect-now.ts';
import { useFocusOnStep } from '../page/use-focus.ts';
import { type DeviceStore, openDeviceStore } from '../store/device-store.ts';
import { AskForPass } from './ask-for-pass.tsx';
import { CastBallot } from './cast-ballot.tsx';
import { Identify } from './identify.tsx';
import { MarkBallot } from './mark-ballot.tsx';
import type { VoteMessages } from './messages-en.ts';
import { ShowReceipt } from './show-receipt.tsx';
import { type Change, finishSignIn, type Notice } from './steps.ts';
import type { Voting } from './voting.ts';

export type VoteSpeech = Speech<VoteMessages>;

/** `/vote/{election}` */
export function BallotPage({ speech }: { readonly speech: VoteSpeech }) {
  const { messages } = speech;
  const election = electionOf(location.pathname);
  const loading = useDefinition(election);
  switch (loading.kind) {
    case 'loading':
      return <p class="quiet">{messages.loading}</p>;
    case 'unreachable':
      return (
        <>
          <h1>{messages.title}</h1>
          <p class="notice warning" role="status">
            {messages.cannotLoad}
          </p>
        </>
      );
    case 'missing':
      return (
        <>
          <h1>{messages.title}</h1>
          <p class="notice bad">{messages.noElection}</p>
        </>
      );
    case 'loaded':
      return <Ballot speech={speech} definition={loading.definition} />;
  }
}

/** What each step is given. */
export interface StepProps {
  readonly speech: VoteSpeech;
  readonly definition: Definition;
  readonly change: Change;
  /** Shown by the next step: why it is not the one that was wanted. */
  readonly say: (notice: Notice | null) => void;
}

function Ballot({ speech, definition }: { readonly speech: VoteSpeech; readonly definition: Definition }) {
  const [store, setStore] = useState<DeviceStore | 'none' | null>(null);
  const [voting, setVoting] = useState<Voting | undefined>(undefined);
  const [notice, say] = useState<Notice | null>(null);
  const key = `vote/${definition.election}`;
  useEffectNow(() => {
    void (async () => {
      const opened = await openDeviceStore().catch(() => 'none' as const);
      if (opened !== 'none') {
        const kept = await opened.get<Voting>(key);
        const { next, notice: why } = await finishSignIn(definition, kept);
        if (next !== kept) await opened.update<Voting>(key, () => next);
        setVoting(next);
        say(why);
      }
      setStore(opened);
    })();
  }, []);
  useFocusOnStep(store === null ? 'loading' : stepOf(voting));
  const { messages } = speech;
  if (store === null) return <p class="quiet">{messages.loading}</p>;
  if (store === 'none') {
    return (
      <>
        <h1>{messages.title}</h1>
        <p class="notice bad">{messages.cannotKeep}</p>
      </>
    );
  }
  const change: Change = async (make) => {
    const next = await store.update<Voting>(key, make);
    setVoting(next);
    return next;
  };
  const props: StepProps = { speech, definition, change, say };
  return (
    <>
      <p class="quiet small election-name">{definition.name}</p>
      <Step voting={voting} notice={notice} {...props} />
    </>
  );
}

/** What changes the focus: going from contest to contest is a step, marking is none. */
function stepOf(voting: Voting | undefined): string {
  return voting?.step === 'marking' ? `marking ${voting.at}` : (voting?.step ?? 'start');
}

type CurrentStep = StepProps & { readonly voting: Voting | undefined; readonly notice: Notice | null };

function Step({ voting, notice, ...props }: CurrentStep) {
  switch (voting?.step) {
    case undefined:
    case 'signing-in':
      return <Identify notice={notice} {...props} />;
    case 'asking':
      return <AskForPass asking={voting} {...props} />;
    case 'marking':
      return <MarkBallot marking={voting} {...props} />;
    case 'casting':
      return <CastBallot casting={voting} {...props} />;
    case 'cast':
      return <ShowReceipt cast={voting} {...props} />;
  }
}
