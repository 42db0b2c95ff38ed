import { useState } from 'hono/jsx/dom';
import { receiptIdOf } from '../crypto/voter-pass.ts';
import { useFocusOnStep } from '../page/use-focus.ts';
import { MarkContest } from '../vote/mark-contest.tsx';
import { ReviewBallot } from '../vote/review-ballot.tsx';
import { contestsFor, type Marks, toggleMark } from '../vote/voting.ts';
import { judgePass, type PassFault } from './judge-pass.ts';
import type { KioskSpeech } from './kiosk-page.tsx';
import type { KioskStore, Pairing } from './kiosk-store.ts';
import { makeVote } from './make-vote.ts';
import { StillThere } from './still-there.tsx';
import { useIdle } from './use-idle.ts';

export interface BallotAtKioskProps {
  readonly speech: KioskSpeech;
  readonly store: KioskStore;
  readonly pairing: Pairing;
  /** What is known of the election at the moment of casting. */
  readonly newest: () => Promise<Pairing>;
  readonly pass: string;
  /** Without a vote. */
  readonly leave: () => void;
  /** With one, which is on the disk. */
  readonly keep: (receiptId: string) => void;
}

/** Marks and review as on the ballot page, but in memory only: a voter who walks away leaves nothing. */
export function BallotAtKiosk({ speech, store, pairing, newest, pass, leave, keep }: BallotAtKioskProps) {
  const [marks, setMarks] = useState<Marks>({});
  const [at, setAt] = useState(0);
  const [isReviewed, setReviewed] = useState(false);
  const [fullContest, setFullContest] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<PassFault | null>(null);
  const [isCasting, setCasting] = useState(false);
  // A newer definition does not change a ballot under a voter's hands.
  const [contests] = useState(() => contestsFor(pairing.definition, pairing.region, pairing.station));
  const secondsLeft = useIdle(() => (isCasting ? undefined : leave()), 'click');
  const isAsking = secondsLeft !== null && refusal === null && !isCasting;
  const contest = contests[at];
  useFocusOnStep(`kiosk ${refusal ?? (isAsking ? 'still there' : `contest ${at}`)}`);
  const goTo = (next: number) => {
    setFullContest(null);
    setReviewed(isReviewed || next >= contests.length);
    setAt(next);
  };
  const judgeAndKeep = async () => {
    // Hours and keys may have changed since the voter began.
    const known = await newest();
    const judged = await judgePass(pass, known, store, Date.now());
    if (!judged.ok) return setRefusal(judged.fault);
    const vote = makeVote(known, pass, marks, contests);
    // Only when it is kept is anything promised.
    if ((await store.keepVote(judged.voterKey, vote)) === 'used') return setRefusal('used');
    keep(await receiptIdOf(known.definition.election, judged.pass, vote.ballotId));
  };
  const cast = async () => {
    setCasting(true);
    await judgeAndKeep().finally(() => setCasting(false));
  };
  if (refusal !== null) return <NotTaken speech={speech} refusal={refusal} leave={leave} />;
  if (isAsking) return <StillThere speech={speech} secondsLeft={secondsLeft} leave={leave} />;
  return (
    <>
      {contest === undefined ? (
        <ReviewBallot speech={speech} contests={contests} marks={marks} goTo={goTo} cast={cast} />
      ) : (
        <MarkContest
          key={contest.id}
          speech={speech}
          contest={contest}
          at={at}
          contests={contests.length}
          marks={marks}
          isFull={fullContest === contest.id}
          isReviewed={isReviewed}
          toggle={async (choice) => {
            const toggled = toggleMark(marks, contest, choice);
            setMarks(toggled.marks);
            setFullContest(toggled.isFull ? contest.id : null);
          }}
          goTo={goTo}
        />
      )}
      <button type="button" class="button link" disabled={isCasting} onClick={leave}>
        {speech.messages.leave}
      </button>
    </>
  );
}

type NotTakenProps = Pick<BallotAtKioskProps, 'speech' | 'leave'> & { readonly refusal: PassFault };

function NotTaken({ speech, refusal, leave }: NotTakenProps) {
  const { messages } = speech;
  return (
    <>
      <h1>{messages.notTaken}</h1>
      <p class="notice warning">{messages.passFaults[refusal]}</p>
      <button type="button" class="button" onClick={leave}>
        {messages.finish}
      </button>
    </>
  );
}
