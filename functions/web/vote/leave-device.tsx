import { useState } from 'hono/jsx/dom';
import { QrCode } from '../page/qr-code.tsx';
import type { StepProps } from './ballot-page.tsx';
import type { Marking, Voting } from './voting.ts';

type Leaving = Extract<Voting, { step: 'leaving' }>;
type LeaveDeviceProps = StepProps & { readonly leaving: Leaving };

/** Before a ballot is cast: with the pass on paper, or without anything. */
export function LeaveDevice({ leaving, ...props }: LeaveDeviceProps) {
  const { change, say } = props;
  const turn = (next: Voting) => void change((kept) => (kept?.step === 'leaving' ? next : kept));
  const forget = (sentence: 'carried' | 'cleared') => {
    say({ sentence });
    void change((kept) => (kept?.step === 'leaving' ? undefined : kept));
  };
  const back = () => turn(leaving.marking);
  return leaving.way === 'carry' ? (
    <CarryPass {...props} marking={leaving.marking} back={back} forget={() => forget('carried')} />
  ) : (
    <ClearDevice
      {...props}
      back={back}
      carry={() => turn({ ...leaving, way: 'carry' })}
      forget={() => forget('cleared')}
    />
  );
}

type WayProps = StepProps & { readonly back: () => void; readonly forget: () => void };

/** The pass as a kiosk takes it: scanned, or typed. */
function CarryPass({
  speech: { messages },
  definition,
  marking,
  back,
  forget,
}: WayProps & { readonly marking: Marking }) {
  const [isSafe, setSafe] = useState(false);
  const region = definition.regions.find(({ id }) => id === marking.region);
  return (
    <>
      <h1>{messages.carryTitle}</h1>
      <p class="notice warning">{messages.carryWarning}</p>
      <section class="card receipt" aria-label={messages.pass}>
        <QrCode text={marking.pass} label={messages.passQr} correction="medium" />
        <dl class="facts">
          <dt>{messages.election}</dt>
          <dd>{definition.name}</dd>
          <dt>{messages.regionName}</dt>
          <dd>{region?.name ?? marking.region}</dd>
          <dt>{messages.pass}</dt>
          <dd>
            <code class="pass">{marking.pass}</code>
          </dd>
        </dl>
      </section>
      <p>{messages.carryHow(region?.name ?? marking.region)}</p>
      <div class="actions">
        <button type="button" class="button" onClick={() => print()}>
          {messages.print}
        </button>
        <button type="button" class="button second" onClick={back}>
          {messages.backToBallot}
        </button>
      </div>
      <div class="no-print">
        <label class={isSafe ? 'option marked' : 'option'}>
          <input
            type="checkbox"
            checked={isSafe}
            onChange={({ target }: Event) => setSafe((target as HTMLInputElement).checked)}
          />
          <span>{messages.carrySafe}</span>
        </label>
        <div class="actions">
          <button type="button" class="button" disabled={!isSafe} onClick={forget}>
            {messages.remove}
          </button>
        </div>
      </div>
    </>
  );
}

function ClearDevice({
  speech: { messages },
  back,
  carry,
  forget,
}: WayProps & { readonly carry: () => void }) {
  return (
    <>
      <h1>{messages.clearTitle}</h1>
      <p class="notice warning">{messages.clearWarning}</p>
      <div class="actions">
        <button type="button" class="button" onClick={back}>
          {messages.backToBallot}
        </button>
        <button type="button" class="button second" onClick={carry}>
          {messages.carry}
        </button>
        <button type="button" class="button second" onClick={forget}>
          {messages.clear}
        </button>
      </div>
    </>
  );
}
