import type { Contest } from '../../../schema/wire/definition.ts';
import type { ChoiceId } from '../../../schema/wire/ids.ts';
import type { VoteSpeech } from './ballot-page.tsx';
import { type Marks, markedIn } from './voting.ts';

export interface MarkContestProps {
  readonly speech: VoteSpeech;
  readonly contest: Contest;
  readonly at: number;
  readonly contests: number;
  readonly marks: Marks;
  /** The last mark was one too many. */
  readonly isFull: boolean;
  /** The voter has come from the review, and goes back there. */
  readonly isReviewed: boolean;
  readonly toggle: (choice: ChoiceId) => Promise<void>;
  readonly goTo: (at: number) => void;
}

/** One contest: who may be chosen, how many, and how many are. */
export function MarkContest(props: MarkContestProps) {
  const { speech, contest, at, contests, marks, isFull, isReviewed, toggle, goTo } = props;
  const { messages, formats } = speech;
  const marked = markedIn(marks, contest.id);
  const { maxSelections } = contest;
  const next = isReviewed ? contests : at + 1;
  return (
    <form class="ballot-contest" onSubmit={(event: Event) => event.preventDefault()}>
      <p class="quiet small">{messages.contestOf(at + 1, contests)}</p>
      <fieldset aria-describedby="how-many">
        <legend>
          <h1>{contest.name}</h1>
        </legend>
        <p id="how-many" class="how-many">
          {messages.choose(maxSelections)}
        </p>
        {contest.choices.map((choice) => (
          <Choice
            key={choice.id}
            choice={choice}
            contest={contest}
            isMarked={marked.includes(choice.id)}
            toggle={toggle}
          />
        ))}
      </fieldset>
      <p class={isFull ? 'chosen notice warning' : 'chosen quiet'} role="status">
        {isFull
          ? messages.full(maxSelections)
          : messages.chosen(formats.number(marked.length), formats.number(maxSelections))}
      </p>
      <div class="actions apart">
        <button type="button" class="button" onClick={() => goTo(next)}>
          {isReviewed ? messages.backToReview : next === contests ? messages.toReview : messages.next}
        </button>
        {at === 0 ? null : (
          <button type="button" class="button second" onClick={() => goTo(at - 1)}>
            {messages.back}
          </button>
        )}
      </div>
    </form>
  );
}

interface ChoiceProps {
  readonly choice: Contest['choices'][number];
  readonly contest: Contest;
  readonly isMarked: boolean;
  readonly toggle: (choice: ChoiceId) => Promise<void>;
}

/**
 * A checkbox also where one may be chosen: a radio button could not be taken back, and leaving a contest blank is a
 * voter's right.
 */
function Choice({ choice, contest, isMarked, toggle }: ChoiceProps) {
  return (
    <label class={isMarked ? 'option marked' : 'option'}>
      <input
        type="checkbox"
        name={contest.id}
        value={choice.id}
        checked={isMarked}
        onChange={(event: Event) => {
          const input = event.target as HTMLInputElement;
          // What is shown is what is kept: the browser's own mark waits for ours.
          input.checked = isMarked;
          void toggle(choice.id);
        }}
      />
      <span>
        <span class="option-name">{choice.name}</span>
        {choice.party === undefined ? null : <span class="quiet small party">{choice.party}</span>}
      </span>
    </label>
  );
}
