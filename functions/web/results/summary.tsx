import type { Child } from 'hono/jsx/dom';
import type { Progress } from '../../../schema/wire/progress.ts';
import type { Results } from '../../../schema/wire/results.ts';
import { Bar } from './bar.tsx';
import { shareOf, votesOf } from './contest-view.ts';
import type { ResultsSpeech } from './results-view.tsx';

interface SummaryProps {
  readonly speech: ResultsSpeech;
  readonly results: Results;
  readonly progress: Progress | null;
}

/** Voters and votes, apart: a voter casts one ballot, and marks several choices on it. */
export function Summary({ speech: { messages, formats }, results, progress }: SummaryProps) {
  const { ballots, registeredVoters, contests, ballotsByChannel } = results;
  const turnout = shareOf(ballots, registeredVoters);
  const stations = progress?.stations;
  const votes = votesOf(results);
  const reporting = stations === undefined ? null : shareOf(stations.reporting, stations.total);
  return (
    <dl class="figures">
      <Figure name={messages.voters} value={formats.number(ballots)} hint={messages.votersHint}>
        <dl class="channels" aria-label={messages.channels}>
          {ballotsByChannel.map(({ channel, ballots: cast }) => (
            <div key={channel}>
              <dt>{messages.channel[channel]}</dt>
              <dd>{formats.number(cast)}</dd>
            </div>
          ))}
        </dl>
      </Figure>
      <Figure
        name={messages.turnout}
        value={turnout === null ? '–' : formats.percent(turnout)}
        hint={
          registeredVoters === undefined
            ? messages.turnoutUnknown
            : messages.turnoutOf(formats.number(registeredVoters))
        }
      >
        <Bar share={turnout ?? 0} />
      </Figure>
      <Figure
        name={messages.votes}
        value={votes === null ? '–' : formats.number(votes)}
        hint={messages.votesHint(contests.length, formats.number(contests.length))}
      />
      <Figure
        name={messages.stations}
        value={reporting === null ? '–' : formats.percent(reporting)}
        hint={
          stations === undefined
            ? ''
            : messages.stationsOf(formats.number(stations.reporting), formats.number(stations.total))
        }
      >
        <Bar share={reporting ?? 0} />
      </Figure>
    </dl>
  );
}

interface FigureProps {
  readonly name: string;
  readonly value: string;
  readonly hint: string;
  readonly children?: Child;
}

/** A number with its name, and what it counts. */
export function Figure({ name, value, hint, children }: FigureProps) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>
        <span class="value">{value}</span>
        <span class="hint">{hint}</span>
        {children}
      </dd>
    </div>
  );
}
