import { useRef, useState } from 'hono/jsx/dom';
import type { Definition } from '../../../schema/wire/definition.ts';
import type { Results } from '../../../schema/wire/results.ts';
import { electionOf } from '../api/ask.ts';
import { ownTimeZone } from '../language/formats.ts';
import { type Speech, useSubject } from '../page/mount-page.tsx';
import { useEffectNow } from '../page/use-effect-now.ts';
import { useHash } from '../page/use-hash.ts';
import { useWidePage } from '../page/use-wide-page.ts';
import { type Announced, nextAnnouncement } from './announcement.ts';
import { ContestList } from './contest-list.tsx';
import { type Following, followResults, type Shown } from './follow-results.ts';
import type { ResultsMessages } from './messages.ts';
import { MinutesFigure } from './minutes-figure.tsx';
import { StatusLine } from './status-line.tsx';
import { Summary } from './summary.tsx';
import { UnitTable } from './unit-table.tsx';

export type ResultsSpeech = Speech<ResultsMessages>;

export function ResultsView({ speech }: { readonly speech: ResultsSpeech }) {
  const election = electionOf(location.pathname);
  useWidePage();
  if (election === null) return <Unknown speech={speech} />;
  return <Followed speech={speech} election={election} />;
}

function Followed({ speech, election }: { readonly speech: ResultsSpeech; readonly election: string }) {
  const following = useRef<Following | null>(null);
  following.current ??= followResults(election);
  const follow = following.current;
  const [shown, setShown] = useState<Shown>(follow.shown());
  useEffectNow(() => follow.subscribe(setShown), []);
  // `#region=alder`
  const region = new URLSearchParams(useHash().slice(1)).get('region');
  useEffectNow(() => follow.openRegion(region), [region]);

  const { state, connection, definition, areStationsSilent } = shown;
  const { messages } = speech;
  useSubject(speech, state.results?.name ?? definition?.name ?? null);
  if (connection.kind === 'not-public') {
    return <NotPublic speech={speech} availableFrom={connection.availableFrom} definition={definition} />;
  }
  if (connection.kind === 'unknown') return <Unknown speech={speech} />;
  if (state.results === null) {
    return (
      <>
        <h1>{messages.title}</h1>
        <p role="status">{connection.kind === 'silent' ? messages.nothingYet : messages.waiting}</p>
      </>
    );
  }
  const { results, progress } = state;
  const timeZone = progress?.timeZone ?? ownTimeZone();
  return (
    <>
      <h1>{results.name}</h1>
      <StatusLine
        speech={speech}
        results={results}
        progress={progress}
        timeZone={timeZone}
        isSilent={connection.kind === 'silent'}
      />
      <Announcer speech={speech} results={results} />
      <Summary speech={speech} results={results} progress={progress} />
      <ContestList speech={speech} contests={results.contests} />
      <MinutesFigure speech={speech} progress={progress} />
      <UnitTable
        speech={speech}
        state={state}
        results={results}
        region={region}
        areStationsSilent={areStationsSilent}
        timeZone={timeZone}
      />
    </>
  );
}

function Unknown({ speech }: { readonly speech: ResultsSpeech }) {
  return (
    <>
      <h1>{speech.messages.unknownTitle}</h1>
      <p>{speech.messages.unknown}</p>
    </>
  );
}

interface NotPublicProps {
  readonly speech: ResultsSpeech;
  readonly availableFrom: string | null;
  readonly definition: Definition | null;
}

function NotPublic({ speech: { messages, formats }, availableFrom, definition }: NotPublicProps) {
  const timeZone = definition?.timeZone ?? ownTimeZone();
  return (
    <>
      <p class="quiet small election-name">{definition?.name}</p>
      <h1>{messages.notPublicTitle}</h1>
      <p>{messages.notPublic}</p>
      {availableFrom === null ? null : (
        <p class="results-opens">
          <strong>{messages.notPublicFrom(formats.dateTime(availableFrom, timeZone))}</strong>
        </p>
      )}
    </>
  );
}

/** For screen readers; see `nextAnnouncement`. */
function Announcer({ speech, results }: { readonly speech: ResultsSpeech; readonly results: Results }) {
  const { messages, formats } = speech;
  const last = useRef<Announced>({ atMs: Date.now(), ballots: results.ballots, status: results.status });
  const [text, setText] = useState('');
  useEffectNow(() => {
    const next = last.current && nextAnnouncement(results, last.current, Date.now());
    if (!next) return;
    last.current = next;
    setText(messages.announce(formats.number(next.ballots), messages.status[next.status]));
  }, [results]);
  return (
    <p class="unseen" role="status">
      {text}
    </p>
  );
}
