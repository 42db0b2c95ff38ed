import { useState } from 'hono/jsx/dom';
import type { Definition } from '../../../schema/wire/definition.ts';
import { electionOf } from '../api/ask.ts';
import { type Speech, useSubject } from '../page/mount-page.tsx';
import { useDefinition } from '../page/use-definition.ts';
import { useEffectNow } from '../page/use-effect-now.ts';
import { useFocusOnStep } from '../page/use-focus.ts';
import { type DeviceStore, openDeviceStore } from '../store/device-store.ts';
import { AskForPass } from './ask-for-pass.tsx';
import { CastBallot } from './cast-ballot.tsx';
import { Identify } from './identify.tsx';
import { LeaveDevice } from './leave-device.tsx';
import { MarkBallot } from './mark-ballot.tsx';
import type { VoteMessages } from './messages-en.ts';
import type { Notice } from './notice.ts';
import { type OpenDraws, openOpenDraws } from './open-draws.ts';
import { ShowReceipt } from './show-receipt.tsx';
import { type Change, finishSignIn } from './steps.ts';
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

/** What somebody has typed, to be corrected: in memory only, and never their code. */
export interface Typed {
  readonly region: string;
  readonly rollNumber: string;
}

/** What each step is given. */
export interface StepProps {
  readonly speech: VoteSpeech;
  readonly definition: Definition;
  readonly change: Change;
  readonly draws: OpenDraws;
  /** Shown by the next step: why it is not the one that was wanted. */
  readonly say: (notice: Notice | null) => void;
  /** For the form, when it comes back; null: it is somebody else's. */
  readonly retype: (typed: Typed | null) => void;
}

/** The device's store, and what of this election it keeps. */
interface Device {
  readonly store: DeviceStore;
  readonly draws: OpenDraws;
}

function Ballot({ speech, definition }: { readonly speech: VoteSpeech; readonly definition: Definition }) {
  const [device, setDevice] = useState<Device | 'none' | null>(null);
  const [voting, setVoting] = useState<Voting | undefined>(undefined);
  const [notice, say] = useState<Notice | null>(null);
  const [typed, retype] = useState<Typed | null>(null);
  const key = `vote/${definition.election}`;
  useSubject(speech, definition.name);
  useEffectNow(() => {
    const begin = async (): Promise<Device> => {
      const store = await openDeviceStore();
      const draws = await openOpenDraws(store, definition, Date.now());
      const kept = await store.get<Voting>(key);
      const { next, notice: why, goTo } = await finishSignIn(definition, kept, draws);
      if (next !== kept) await store.update<Voting>(key, () => next);
      if (kept?.step === 'signing-in') retype({ region: kept.region, rollNumber: '' });
      if (goTo !== undefined) location.assign(goTo);
      setVoting(next);
      say(why);
      return { store, draws };
    };
    void begin().then(setDevice, () => setDevice('none'));
  }, []);
  useFocusOnStep(device === null ? 'loading' : stepOf(voting));
  const { messages } = speech;
  if (device === null) return <p class="quiet">{messages.loading}</p>;
  if (device === 'none') {
    return (
      <>
        <h1>{messages.title}</h1>
        <p class="notice bad">{messages.cannotKeep}</p>
      </>
    );
  }
  const { store, draws } = device;
  const change: Change = async (make) => {
    const next = await store.update<Voting>(key, make);
    setVoting(next);
    return next;
  };
  const props: StepProps = { speech, definition, change, draws, say, retype };
  return (
    <>
      <p class="quiet small election-name">{definition.name}</p>
      <Step voting={voting} notice={notice} typed={typed} {...props} />
    </>
  );
}

/** What changes the focus: going from contest to contest is a step, marking is none. */
function stepOf(voting: Voting | undefined): string {
  if (voting?.step === 'marking') return `marking ${voting.at}`;
  return voting?.step === 'leaving' ? `leaving ${voting.way}` : (voting?.step ?? 'start');
}

type CurrentStep = StepProps & {
  readonly voting: Voting | undefined;
  readonly notice: Notice | null;
  readonly typed: Typed | null;
};

function Step({ voting, notice, typed, ...props }: CurrentStep) {
  switch (voting?.step) {
    case undefined:
    case 'signing-in':
      return <Identify notice={notice} typed={typed} {...props} />;
    case 'asking':
      return <AskForPass asking={voting} {...props} />;
    case 'marking':
      return <MarkBallot marking={voting} {...props} />;
    case 'leaving':
      return <LeaveDevice leaving={voting} {...props} />;
    case 'casting':
      return <CastBallot casting={voting} {...props} />;
    case 'cast':
      return <ShowReceipt cast={voting} {...props} />;
  }
}
