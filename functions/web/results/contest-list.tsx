import type { ContestResult } from '../../../schema/wire/results.ts';
import { Bar } from './bar.tsx';
import { type ChoiceView, type ContestView, viewContest } from './contest-view.ts';
import type { ResultsSpeech } from './results-view.tsx';

interface ContestListProps {
  readonly speech: ResultsSpeech;
  readonly contests: readonly ContestResult[];
}

export function ContestList({ speech, contests }: ContestListProps) {
  return (
    <section aria-labelledby="contests">
      <h2 id="contests">{speech.messages.contests}</h2>
      <p class="quiet small">{speech.messages.contestsHint}</p>
      <div class="contests">
        {contests.map((contest) => (
          <Contest key={contest.contest} speech={speech} contest={viewContest(contest)} />
        ))}
      </div>
    </section>
  );
}

function Contest({ speech, contest }: { readonly speech: ResultsSpeech; readonly contest: ContestView }) {
  const { messages, formats } = speech;
  const { number } = formats;
  const shown = (count: number | null) => (count === null ? '–' : number(count));
  return (
    <article class="card contest-card" aria-labelledby={`contest-${contest.id}`}>
      <h3 id={`contest-${contest.id}`}>{contest.name}</h3>
      <p class="quiet small">
        {messages.choose(contest.maxSelections, number(contest.maxSelections))}.{' '}
        {contest.shareBase === 'votes' ? messages.sharesOfVotes : messages.sharesOfBallots}
      </p>
      {contest.suppressed === null ? null : <p>{messages.suppressed[contest.suppressed]}</p>}
      <ol class="counted">
        {contest.choices.map((choice) => (
          <Choice key={choice.id} speech={speech} choice={choice} />
        ))}
      </ol>
      <dl class="totals">
        <div>
          <dt>{messages.ballots}</dt>
          <dd>{number(contest.ballots)}</dd>
        </div>
        <div>
          <dt>{messages.votes}</dt>
          <dd>{shown(contest.votes)}</dd>
        </div>
        <div>
          <dt>{messages.undervotes}</dt>
          <dd>{shown(contest.undervotes)}</dd>
        </div>
      </dl>
    </article>
  );
}

function Choice({ speech, choice }: { readonly speech: ResultsSpeech; readonly choice: ChoiceView }) {
  const { messages, formats } = speech;
  return (
    <li class={choice.isLeading ? 'count leading' : 'count'}>
      <span class="who">
        <span class="name">{choice.name}</span>
        {choice.isLeading ? <span class="mark">{messages.leading}</span> : null}
        {choice.party === null ? null : <span class="party">{choice.party}</span>}
      </span>
      <span class="number votes">
        {choice.votes === null ? '–' : formats.number(choice.votes)}
        <span class="unseen"> {messages.votes}, </span>
      </span>
      <span class="number share">{choice.share === null ? '–' : formats.percent(choice.share)}</span>
      <Bar share={choice.share ?? 0} isLeading={choice.isLeading} />
    </li>
  );
}
