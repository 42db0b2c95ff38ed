import type { Progress } from '../../../schema/wire/progress.ts';
import type { Results } from '../../../schema/wire/results.ts';
import type { ResultsSpeech } from './results-view.tsx';

interface StatusLineProps {
  readonly speech: ResultsSpeech;
  readonly results: Results;
  readonly progress: Progress | null;
  readonly isSilent: boolean;
}

/** What these numbers are: still moving or not, whose word they have, and of when. */
export function StatusLine({ speech, results, progress, isSilent }: StatusLineProps) {
  const { messages, formats } = speech;
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
        {messages.statusMeans[status]} {progress === null ? '' : votingTime(speech, progress, Date.now())}
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

function votingTime(
  { messages, formats }: ResultsSpeech,
  { opensAt, closesAt }: Progress,
  nowMs: number,
): string {
  if (nowMs < Date.parse(opensAt)) return messages.opens(formats.dateTime(opensAt));
  const when = formats.dateTime(closesAt);
  return nowMs < Date.parse(closesAt) ? messages.open(when) : messages.closed(when);
}
