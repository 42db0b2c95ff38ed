import { useState } from 'hono/jsx/dom';
import { toBase64url } from '../crypto/bytes.ts';
import { parsePass, receiptIdOf, voterKeyOf } from '../crypto/voter-pass.ts';
import { useFocusOnStep } from '../page/use-focus.ts';
import { MarkContest } from '../vote/mark-contest.tsx';
import { ReviewBallot } from '../vote/review-ballot.tsx';
import { contestsFor, type Marks, toggleMark } from '../vote/voting.ts';
import type { KioskSpeech } from './kiosk-page.tsx';
import type { KioskStore, Pairing } from './kiosk-store.ts';
import { makeVote } from './make-vote.ts';
import { StillThere } from './still-there.tsx';
import { useIdle } from './use-idle.ts';

export interface BallotAtKioskProps {
  readonly speech: KioskSpeech;
  readonly store: KioskStore;
  readonly pairing: Pairing;
  readonly pass: string;
  /** Without a vote. */
  readonly leave: () => void;
  /** With one, which is on the disk. */
  readonly keep: (receiptId: string) => void;
}

/** Marks and review as on the ballot page, but in memory only: a voter who walks away leaves nothing. */
export function BallotAtKiosk({ speech, store, pairing, pass, leave, keep }: BallotAtKioskProps) {
  const { definition, region, station } = pairing;
  const [marks, setMarks] = useState<Marks>({});
  const [at, setAt] = useState(0);
  const [fullContest, setFullContest] = useState<string | null>(null);
  const [isUsed, setUsed] = useState(false);
  const secondsLeft = useIdle(true, leave);
  const contests = contestsFor(definition, region, station);
  const contest = contests[at];
  useFocusOnStep(`kiosk contest ${at}`);
  const goTo = (next: number) => {
    setFullContest(null);
    setAt(next);
  };
  const cast = async () => {
    const parsed = parsePass(pass);
    if (parsed === null) return leave();
    const vote = makeVote(pairing, pass, marks, contests);
    const voterKey = toBase64url(await voterKeyOf(definition.election, parsed));
    // Only now is anything promised.
    if ((await store.keepVote(voterKey, vote)) === 'used') return setUsed(true);
    keep(await receiptIdOf(definition.election, parsed, vote.ballotId));
  };
  const { messages } = speech;
  if (isUsed) {
    return (
      <>
        <p class="notice warning" role="alert">
          {messages.passUsed}
        </p>
        <button type="button" class="button" onClick={leave}>
          {messages.finish}
        </button>
      </>
    );
  }
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
          toggle={async (choice) => {
            const toggled = toggleMark(marks, contest, choice);
            setMarks(toggled.marks);
            setFullContest(toggled.isFull ? contest.id : null);
          }}
          goTo={goTo}
        />
      )}
      <button type="button" class="button link" onClick={leave}>
        {messages.leave}
      </button>
      {secondsLeft === null ? null : <StillThere speech={speech} secondsLeft={secondsLeft} leave={leave} />}
    </>
  );
}
