import type { StepProps, Typed } from './ballot-page.tsx';
import { IdentityForm } from './identity-form.tsx';
import { type Notice, noticeText, toneOf } from './notice.ts';
import { PassForm } from './pass-form.tsx';

type IdentifyProps = StepProps & { readonly notice: Notice | null; readonly typed: Typed | null };

/** Somebody says who they are, or shows a pass that they have already. */
export function Identify({ notice, typed, ...props }: IdentifyProps) {
  const { speech, definition } = props;
  const { messages, formats } = speech;
  const { identification, opensAt, closesAt, timeZone } = definition;
  const now = Date.now();
  const isClosed = now >= Date.parse(closesAt);
  const hasWay = identification?.accessCodes !== undefined || (identification?.providers.length ?? 0) > 0;
  return (
    <>
      <h1>{isClosed ? messages.title : messages.whoTitle}</h1>
      {notice === null ? null : (
        <p class={`notice ${toneOf(notice)}`} role="alert">
          {noticeText(notice, speech, timeZone)}
        </p>
      )}
      {isClosed ? (
        <p class="notice">{messages.closed(formats.dateTime(closesAt, timeZone))}</p>
      ) : (
        <>
          <p class="quiet">
            {now >= Date.parse(opensAt)
              ? messages.closes(formats.dateTime(closesAt, timeZone))
              : messages.opens(formats.dateTime(opensAt, timeZone))}
          </p>
          {hasWay ? <IdentityForm typed={typed} {...props} /> : <p class="notice">{messages.noWay}</p>}
          <details class="more" open={!hasWay}>
            <summary>{messages.havePass}</summary>
            <PassForm {...props} />
          </details>
        </>
      )}
    </>
  );
}
