import { useState } from 'hono/jsx/dom';
import type { PassResponse } from '../../../schema/wire/passes.ts';
import { askUntilAnswered, type Waiting } from '../api/ask-until-answered.ts';
import { findPassKey, importPassKey } from '../crypto/voter-pass.ts';
import { useEffectNow } from '../page/use-effect-now.ts';
import type { StepProps } from './ballot-page.tsx';
import { noticeOf } from './steps.ts';
import { startMarking, type Voting } from './voting.ts';

type AskForPassProps = StepProps & { readonly asking: Extract<Voting, { step: 'asking' }> };

/**
 * Asks for the pass until the issuer has said yes or no: the same message each time, since an answer that was lost on
 * the way may have been the only pass that this voter will ever get.
 */
export function AskForPass({ speech, definition, change, say, asking }: AskForPassProps) {
  const [waiting, setWaiting] = useState<Waiting | null>(null);
  useEffectNow(() => {
    void (async () => {
      const { request, draw } = asking;
      const answer = await askUntilAnswered<PassResponse>(`/v1/elections/${definition.election}/passes`, {
        body: request,
        onWaiting: setWaiting,
      });
      const next =
        answer.kind === 'problem' ? noticeOf(answer.code) : await finish(request.keyId, draw, answer.body);
      if ('step' in next) {
        say(null);
        await change((kept) => (kept?.step === 'asking' ? next : kept));
      } else {
        say(next);
        await change((kept) => (kept?.step === 'asking' ? undefined : kept));
      }
    })();
  }, []);

  async function finish(keyId: string, draw: typeof asking.draw, { region, blindSignature }: PassResponse) {
    const found = findPassKey(definition, keyId);
    if (found === null) return noticeOf('bad-pass');
    const { finalisePass } = await import('../crypto/blind-pass.ts');
    const key = await importPassKey(found.spki);
    const pass = await finalisePass(key, keyId, draw, blindSignature).catch(() => null);
    return pass === null ? noticeOf('bad-signature') : startMarking(pass, region);
  }

  const { messages, formats } = speech;
  const isLimited = waiting?.why.kind === 'problem' && waiting.why.status === 429;
  return (
    <>
      <h1>{messages.askingTitle}</h1>
      <p role="status">{messages.asking}</p>
      {waiting === null ? null : (
        <p class="notice warning" role="status">
          {isLimited ? `${messages.tooManyAttempts} ` : ''}
          {messages.retryingPass(formats.number(Math.ceil(waiting.delayMs / 1000)))}
        </p>
      )}
    </>
  );
}
