import type { Results } from '../../../schema/wire/results.ts';
import type { ResultsSpeech } from './results-view.tsx';

interface StatusLineProps {
  readonly speech: ResultsSpeech;
  readonly results: Results;
  readonly isSilent: boolean;
}

/** What these numbers are: still moving or not, whose word they have, and of when. */
export function StatusLine({ speech: { messages, formats }, results, isSilent }: StatusLineProps) {
  const { status, asOf } = results;
  const isFinal = status !== 'unofficial';
  return (
    <>
      <p class="results-status">
        <span class={isFinal ? 'badge final' : isSilent ? 'badge silent' : 'badge live'}>
          {isFinal ? messages.final : messages.live}
        </span>
        <span class={`badge ${status}`}>{messages.status[status]}</span>
        {asOf === null ? null : (
          <time datetime={asOf}>{messages.asOf(asOfText(formats, asOf, isFinal))}</time>
        )}
      </p>
      <p class="quiet">
        {asOf === null ? `${messages.nothingCounted} ` : ''}
        {messages.statusMeans[status]}
      </p>
      {isSilent ? (
        <p class="notice warning" role="status">
          {messages.silent}
        </p>
      ) : null}
    </>
  );
}

/** To the second while it moves; with its day once it does not, or was not today. */
function asOfText(formats: ResultsSpeech['formats'], asOf: string, isFinal: boolean): string {
  const isToday = new Date(asOf).toDateString() === new Date().toDateString();
  return isToday && !isFinal ? formats.time(asOf) : formats.dateTime(asOf);
}
