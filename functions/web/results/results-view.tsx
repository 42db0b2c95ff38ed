import { useRef, useState } from 'hono/jsx/dom';
import type { Results } from '../../../schema/wire/results.ts';
import { electionOf } from '../api/ask.ts';
import type { Speech } from '../page/mount-page.tsx';
import { useEffectNow } from '../page/use-effect-now.ts';
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
  const region = useRegionInAddress();
  useEffectNow(() => follow.openRegion(region), [region]);

  const { state, connection } = shown;
  const { messages, formats } = speech;
  if (connection.kind === 'not-public') {
    const { availableFrom } = connection;
    return (
      <>
        <h1>{messages.notPublicTitle}</h1>
        <p>{messages.notPublic}</p>
        {availableFrom === null ? null : (
          <p class="results-opens">
            <strong>{messages.notPublicFrom(formats.dateTime(availableFrom))}</strong>
          </p>
        )}
      </>
    );
  }
  if (connection.kind === 'unknown') return <Unknown speech={speech} />;
  if (state.results === null) {
    return (
      <>
        <h1>{messages.title}</h1>
        <p role="status">{connection.kind === 'silent' ? messages.silent : messages.waiting}</p>
      </>
    );
  }
  const { results, progress } = state;
  return (
    <>
      <h1>{results.name}</h1>
      <StatusLine
        speech={speech}
        results={results}
        progress={progress}
        isSilent={connection.kind === 'silent'}
      />
      <Announcer speech={speech} results={results} />
      <Summary speech={speech} results={results} progress={progress} />
      <ContestList speech={speech} contests={results.contests} />
      <MinutesFigure speech={speech} progress={progress} />
      <UnitTable speech={speech} state={state} results={results} region={region} />
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

/** `#region=alder`: an address of its own, so that it can be kept, sent, and gone back from. */
function useRegionInAddress(): string | null {
  const read = () => new URLSearchParams(location.hash.slice(1)).get('region');
  const [region, setRegion] = useState(read);
  useEffectNow(() => {
    const onChange = () => setRegion(read());
    addEventListener('hashchange', onChange);
    return () => removeEventListener('hashchange', onChange);
  }, []);
  return region;
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
