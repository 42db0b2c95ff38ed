import type { Progress } from '../../../schema/wire/progress.ts';
import type { Results } from '../../../schema/wire/results.ts';
import type { ResultsSpeech } from './results-view.tsx';

interface StatusLineProps {
  readonly speech: ResultsSpeech;
  readonly results: Results;
  readonly progress: Progress | null;
  readonly timeZone: string;
  readonly isSilent: boolean;
}

/** What these numbers are: still moving or not, whose word they have, and of when. */
export function StatusLine({ speech, results, progress, timeZone, isSilent }: StatusLineProps) {
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
          <time datetime={asOf}>
            {messages.asOf(isFinal ? formats.dateTime(asOf, timeZone) : asOfText(formats, asOf, timeZone))}
          </time>
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

/** To the second while it moves; with its day where that is not today's, on the clock of the zone. */
function asOfText(formats: ResultsSpeech['formats'], asOf: string, timeZone: string): string {
  const dayOf = (instant: Date) => instant.toLocaleDateString('en', { timeZone });
  return dayOf(new Date(asOf)) === dayOf(new Date())
    ? formats.time(asOf, timeZone)
    : formats.dateTime(asOf, timeZone);
}

function votingTime(
  { messages, formats }: ResultsSpeech,
  { opensAt, closesAt, timeZone }: Progress,
  nowMs: number,
): string {
  if (nowMs < Date.parse(opensAt)) return messages.opens(formats.dateTime(opensAt, timeZone));
  const when = formats.dateTime(closesAt, timeZone);
  return nowMs < Date.parse(closesAt) ? messages.open(when) : messages.closed(when);
}
