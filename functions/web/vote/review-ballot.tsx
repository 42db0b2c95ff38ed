import { useState } from 'hono/jsx/dom';
import type { Contest } from '../../../schema/wire/definition.ts';
import type { VoteSpeech } from './ballot-page.tsx';
import { type Marks, markedIn, undervotesIn } from './voting.ts';

export interface ReviewBallotProps {
  readonly speech: VoteSpeech;
  readonly contests: readonly Contest[];
  readonly marks: Marks;
  readonly goTo: (at: number) => void;
  /** Rejects where the device does not keep the ballot: nothing was cast then. */
  readonly cast: () => Promise<void>;
}

/** All of the ballot, with what is left blank, before anything is sent. */
export function ReviewBallot({ speech, contests, marks, goTo, cast }: ReviewBallotProps) {
  const { messages } = speech;
  const [isBusy, setBusy] = useState(false);
  const [isLost, setLost] = useState(false);
  const press = async () => {
    setBusy(true);
    setLost(false);
    try {
      await cast();
    } catch {
      setLost(true);
      setBusy(false);
    }
  };
  const isBlank = contests.every(({ id }) => markedIn(marks, id).length === 0);
  return (
    <>
      <h1>{messages.reviewTitle}</h1>
      <p>{messages.reviewHint}</p>
      {isBlank ? <p class="notice warning">{messages.blankBallot}</p> : null}
      {contests.map((contest, at) => (
        <ReviewContest
          key={contest.id}
          speech={speech}
          contest={contest}
          marks={marks}
          change={() => goTo(at)}
        />
      ))}
      {isLost ? (
        <p class="notice bad" role="alert">
          {messages.notKept}
        </p>
      ) : null}
      <div class="actions apart">
        <button type="button" class="button" disabled={isBusy} onClick={() => void press()}>
          {messages.cast}
        </button>
        <button
          type="button"
          class="button second"
          disabled={isBusy}
          onClick={() => goTo(contests.length - 1)}
        >
          {messages.back}
        </button>
      </div>
    </>
  );
}

interface ReviewContestProps {
  readonly speech: VoteSpeech;
  readonly contest: Contest;
  readonly marks: Marks;
  readonly change: () => void;
}

function ReviewContest({ speech, contest, marks, change }: ReviewContestProps) {
  const { messages } = speech;
  const marked = new Set(markedIn(marks, contest.id));
  const left = undervotesIn(marks, contest);
  return (
    <section class="card reviewed">
      <div>
        <h2>{contest.name}</h2>
        {marked.size === 0 ? null : (
          <ul class="plain">
            {contest.choices
              .filter(({ id }) => marked.has(id))
              .map(({ id, name, party }) => (
                <li key={id}>
                  {name}
                  {party === undefined ? null : <span class="quiet small party">{party}</span>}
                </li>
              ))}
          </ul>
        )}
        {left === 0 ? null : (
          <p class="warning-text small">
            {marked.size === 0 ? messages.nothingChosen : messages.couldChoose(left)}
          </p>
        )}
      </div>
      <button type="button" class="button link" aria-label={messages.changeIn(contest.name)} onClick={change}>
        {messages.change}
      </button>
    </section>
  );
}
