import { useRef, useState } from 'hono/jsx/dom';
import type { PassResponse } from '../../../schema/wire/passes.ts';
import { askUntilAnswered, type Waiting } from '../api/ask-until-answered.ts';
import { findPassKey, importPassKey } from '../crypto/voter-pass.ts';
import { useEffectNow } from '../page/use-effect-now.ts';
import type { StepProps } from './ballot-page.tsx';
import { type Notice, noticeOf, noticeOfAnswer } from './notice.ts';
import { type OpenDraw, whoAsks } from './open-draws.ts';
import { beginAttempt, endAttempt, loadBlinding } from './steps.ts';
import { startMarking, type Voting } from './voting.ts';

type Asking = Extract<Voting, { step: 'asking' }>;
type AskForPassProps = StepProps & { readonly asking: Asking };

/** Refusals that say of this message, whenever it was sent: no pass has come of it, or none that is still of use. */
const settling: readonly (string | null)[] = [
  'pass-already-issued',
  'wrong-region',
  'unknown-pass-key',
  'closed',
];

/**
 * Asks for the pass until the issuer has said yes or no: the same message each time, since an answer that was lost on
 * the way may have been the only pass that this voter will ever get. Who is not the one, or mistyped, goes back to the
 * form; the message stays for who it is.
 */
export function AskForPass({ asking, ...props }: AskForPassProps) {
  const { speech, definition, change, say, draws, retype } = props;
  const [waiting, setWaiting] = useState<Waiting | 'for-script' | null>(null);
  const stopping = useRef<AbortController>(null);
  const { request, draw } = asking;
  const found = findPassKey(definition, request.keyId);
  const thisDraw: OpenDraw = { keyId: request.keyId, draw, who: whoAsks(request.proof) };
  const isThis = (kept: Voting | undefined): kept is Asking =>
    kept?.step === 'asking' && kept.draw.blinded === draw.blinded;

  useEffectNow(() => {
    const controller = new AbortController();
    stopping.current = controller;
    void obtain(controller.signal);
    return () => controller.abort();
  }, []);

  async function obtain(signal: AbortSignal): Promise<void> {
    const wasOpen = await beginAttempt(change, isThis);
    const outcome = await askUntilAnswered<PassResponse>(`/v1/elections/${definition.election}/passes`, {
      body: request,
      endsWithLater: !wasOpen,
      onWaiting: setWaiting,
      signal,
    });
    if (outcome === null) return;
    const { answer, isOpen } = outcome;
    if (answer.kind === 'problem') {
      const mayHavePass = await endAttempt(change, isThis, isOpen);
      return leave(noticeOfAnswer(answer, Date.now()), mayHavePass && !settling.includes(answer.code));
    }
    const pass = await finish(answer.body.blindSignature);
    if (signal.aborted) return;
    if (pass === null) return leave(noticeOf('bad-signature'), true);
    say(null);
    retype(null);
    const next = await change((kept) => (isThis(kept) ? startMarking(pass, answer.body.region) : kept));
    const isKept = next?.step === 'marking' && next.pass === pass;
    await (isKept ? draws.drop(thisDraw) : draws.keep(thisDraw));
  }

  async function finish(blindSignature: string): Promise<string | null> {
    if (found === null) return null;
    const { finalisePass } = await loadBlinding(() => setWaiting('for-script'));
    const key = await importPassKey(found.spki);
    return finalisePass(key, request.keyId, draw, blindSignature).catch(() => null);
  }

  async function leave(notice: Notice | null, mayHavePass: boolean): Promise<void> {
    await (mayHavePass ? draws.keep(thisDraw) : draws.drop(thisDraw));
    const { proof } = request;
    retype({
      region: found?.region.id ?? '',
      rollNumber: proof.type === 'access-code' ? proof.rollNumber : '',
    });
    say(notice);
    await change((kept) => (isThis(kept) ? undefined : kept));
  }

  /** Stops first: a pass that comes while the device writes would open this voter's ballot for the next one. */
  const goBack = () => {
    stopping.current?.abort();
    // Something has been sent: whatever comes of it, the message has to stay.
    void leave(null, true);
  };

  const { messages } = speech;
  return (
    <>
      <h1>{messages.askingTitle}</h1>
      <p role="status">{messages.asking}</p>
      {waiting === null ? null : (
        <p class="notice warning" role="status">
          {waiting === 'for-script' ? messages.waitingForScript : waitingText(props, waiting)}
        </p>
      )}
      <div class="actions">
        <button type="button" class="button second" onClick={goBack}>
          {request.proof.type === 'access-code' ? messages.retype : messages.signInAnew}
        </button>
      </div>
    </>
  );
}

function waitingText({ speech, definition }: StepProps, { why, delayMs, nextAtMs }: Waiting): string {
  const { messages, formats } = speech;
  return why.kind === 'problem' && why.status === 429
    ? messages.retryingLimited(formats.time(nextAtMs, definition.timeZone))
    : messages.retryingPass(formats.number(Math.ceil(delayMs / 1000)));
}
