import { useState } from 'hono/jsx/dom';
import { passFingerprintHeader } from '../../../schema/wire/pass-fingerprint.ts';
import type { Accepted } from '../../../schema/wire/receipt.ts';
import { askUntilAnswered, type Waiting } from '../api/ask-until-answered.ts';
import { fingerprintOf, parsePass, receiptIdOf } from '../crypto/voter-pass.ts';
import { useEffectNow } from '../page/use-effect-now.ts';
import type { StepProps } from './ballot-page.tsx';
import { noticeOf, noticeText } from './notice.ts';
import { beginAttempt, endAttempt } from './steps.ts';
import { type Casting, startMarking, type Voting } from './voting.ts';

type CastBallotProps = StepProps & { readonly casting: Casting };

/** What the service said no to, and whether an earlier attempt may have been taken all the same. */
interface Refusal {
  readonly code: string | null;
  /** Null: no attempt went without an answer, so nothing was. */
  readonly receiptId: string | null;
}

/** Sends the one request of this ballot until it is accepted or refused. */
export function CastBallot({ casting, ...props }: CastBallotProps) {
  const { speech, definition, change } = props;
  const { request, salt } = casting;
  const [waiting, setWaiting] = useState<Waiting | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const [round, setRound] = useState(0);
  const isThis = (kept: Voting | undefined): kept is Casting => isSame(kept, casting);
  useEffectNow(() => {
    void (async () => {
      await beginAttempt(change, isThis);
      const outcome = await askUntilAnswered<Accepted>(`/v1/elections/${definition.election}/votes`, {
        body: request,
        headers: { [passFingerprintHeader]: await fingerprintOf(request.pass) },
        isOurs: (body) => (body as Partial<Accepted> | null)?.receipt?.ballotId === request.ballotId,
        onWaiting: setWaiting,
      });
      if (outcome === null) return;
      const { answer, isOpen } = outcome;
      if (answer.kind === 'ok') {
        await change((kept) => (isThis(kept) ? { step: 'cast', accepted: answer.body, salt } : kept));
        return;
      }
      const mayBeTaken = await endAttempt(change, isThis, isOpen);
      const pass = mayBeTaken ? parsePass(request.pass) : null;
      const receiptId = pass === null ? null : await receiptIdOf(definition.election, pass, request.ballotId);
      setRefusal({ code: answer.code, receiptId });
    })();
  }, [round]);
  const again = () => {
    setRefusal(null);
    setWaiting(null);
    setRound(round + 1);
  };
  if (refusal !== null) return <Refused refusal={refusal} again={again} casting={casting} {...props} />;
  const { messages, formats } = speech;
  return (
    <>
      <h1>{messages.castingTitle}</h1>
      <p role="status" class={waiting === null ? undefined : 'notice warning'}>
        {waiting === null
          ? messages.casting
          : messages.retrying(formats.number(Math.max(1, Math.round(waiting.delayMs / 1000))))}
      </p>
      {waiting === null ? null : (
        <>
          <p>{messages.stayHere}</p>
          <p class="quiet small">{messages.attempts(formats.number(waiting.attempts))}</p>
        </>
      )}
    </>
  );
}

const isSame = (kept: Voting | undefined, { request }: Casting): kept is Casting =>
  kept?.step === 'casting' && kept.request.ballotId === request.ballotId;

type RefusedProps = CastBallotProps & { readonly refusal: Refusal; readonly again: () => void };

function Refused({ speech, definition, change, say, refusal, again, casting }: RefusedProps) {
  const { messages } = speech;
  const { code, receiptId } = refusal;
  const isClosed = code === 'closed';
  const goOn = (next: Voting | undefined) => {
    if (next === undefined) say({ sentence: 'cleared' });
    void change((kept) => (isSame(kept, casting) ? next : kept));
  };
  const { pass, region } = casting.request;
  const tryAgain = (
    <button type="button" class={isClosed ? 'button second' : 'button'} onClick={again}>
      {messages.castAgain}
    </button>
  );
  return (
    <>
      <h1>{messages.notTaken}</h1>
      <p class="notice bad" role="alert">
        {noticeText(noticeOf(code), speech, definition.timeZone)}
      </p>
      {receiptId === null ? null : (
        <p class="notice warning">
          {messages.perhapsTaken}{' '}
          <a href={`/receipts/${definition.election}/${receiptId}`}>{messages.check}</a>
        </p>
      )}
      <p>{messages.stillKept}</p>
      <div class="actions">
        {isClosed ? null : tryAgain}
        {/* Without a valid pass there is nothing to mark again. */}
        {receiptId !== null || isClosed || code === 'not-yet-open' || code === 'bad-pass' ? null : (
          <button type="button" class="button second" onClick={() => goOn(startMarking(pass, region))}>
            {messages.startAgain}
          </button>
        )}
        <button type="button" class={isClosed ? 'button' : 'button second'} onClick={() => goOn(undefined)}>
          {messages.remove}
        </button>
        {isClosed ? tryAgain : null}
      </div>
    </>
  );
}
