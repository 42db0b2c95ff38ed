import { useState } from 'hono/jsx/dom';
import type { Contest } from '../../../schema/wire/definition.ts';
import type { ChoiceId } from '../../../schema/wire/ids.ts';
import { prefetchQrCode } from '../page/qr-code.tsx';
import { useEffectNow } from '../page/use-effect-now.ts';
import type { StepProps } from './ballot-page.tsx';
import { MarkContest } from './mark-contest.tsx';
import { ReviewBallot } from './review-ballot.tsx';
import { makeCasting } from './steps.ts';
import {
  beginCasting,
  changeMarking,
  contestsFor,
  goToContest,
  type Marking,
  toggleMark,
  type Voting,
} from './voting.ts';

type MarkBallotProps = StepProps & { readonly marking: Marking };

/** Contest by contest, then all of it once more. */
export function MarkBallot({ speech, definition, change, say, marking }: MarkBallotProps) {
  const { messages } = speech;
  const [fullContest, setFullContest] = useState<string | null>(null);
  const contests = contestsFor(definition, marking.region);
  // The receipt's, or that of a pass to be carried: the network may be gone by then.
  useEffectNow(prefetchQrCode, []);
  const goTo = (at: number) => {
    setFullContest(null);
    void change((kept) => changeMarking(kept, (one) => goToContest(one, at, contests.length)));
  };
  const toggle = async (contest: Contest, choice: ChoiceId) => {
    let isRefused = false;
    await change((kept) =>
      changeMarking(kept, (one) => {
        const { marks, isFull } = toggleMark(one.marks, contest, choice);
        isRefused = isFull;
        return { ...one, marks };
      }),
    );
    setFullContest(isRefused ? contest.id : null);
  };
  const cast = async () => {
    const made = await makeCasting(definition, marking, contests);
    await change((kept) => beginCasting(kept, made));
  };
  const leave = (way: Extract<Voting, { step: 'leaving' }>['way']) => {
    say(null);
    void change((kept) => (kept?.step === 'marking' ? { step: 'leaving', way, marking: kept } : kept));
  };
  const contest = contests[marking.at];
  return (
    <>
      {contest === undefined ? (
        <ReviewBallot speech={speech} contests={contests} marks={marking.marks} goTo={goTo} cast={cast} />
      ) : (
        <MarkContest
          key={contest.id}
          speech={speech}
          contest={contest}
          at={marking.at}
          contests={contests.length}
          marks={marking.marks}
          isFull={fullContest === contest.id}
          isReviewed={marking.isReviewed}
          toggle={(choice) => toggle(contest, choice)}
          goTo={goTo}
        />
      )}
      <p class="ways-out">
        <button type="button" class="button link" onClick={() => leave('carry')}>
          {messages.carry}
        </button>
        <button type="button" class="button link" onClick={() => leave('clear')}>
          {messages.stop}
        </button>
      </p>
    </>
  );
}
