import { useState } from 'hono/jsx/dom';
import type { Contest } from '../../../schema/wire/definition.ts';
import type { ChoiceId } from '../../../schema/wire/ids.ts';
import type { StepProps } from './ballot-page.tsx';
import { noteBegun } from './cast-ballot.tsx';
import { MarkContest } from './mark-contest.tsx';
import { ReviewBallot } from './review-ballot.tsx';
import { makeCasting } from './steps.ts';
import { beginCasting, changeMarking, contestsFor, type Marking, toggleMark } from './voting.ts';

type MarkBallotProps = StepProps & { readonly marking: Marking };

/** Contest by contest, then all of it once more. */
export function MarkBallot({ speech, definition, change, marking }: MarkBallotProps) {
  const [fullContest, setFullContest] = useState<string | null>(null);
  const contests = contestsFor(definition, marking.region);
  const goTo = (at: number) => {
    setFullContest(null);
    void change((kept) => changeMarking(kept, (one) => ({ ...one, at })));
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
    noteBegun(made.request.ballotId);
    await change((kept) => beginCasting(kept, made));
  };
  const contest = contests[marking.at];
  if (contest === undefined) {
    return <ReviewBallot speech={speech} contests={contests} marks={marking.marks} goTo={goTo} cast={cast} />;
  }
  return (
    <MarkContest
      key={contest.id}
      speech={speech}
      contest={contest}
      at={marking.at}
      contests={contests.length}
      marks={marking.marks}
      isFull={fullContest === contest.id}
      toggle={(choice) => toggle(contest, choice)}
      goTo={goTo}
    />
  );
}
