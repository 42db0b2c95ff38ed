import { useRef, useState } from 'hono/jsx/dom';
import type { RollNumber } from '../../../schema/wire/passes.ts';
import { parsePass, verifyPass } from '../crypto/voter-pass.ts';
import { readField } from '../page/read-field.ts';
import type { StepProps } from './ballot-page.tsx';
import { makeAsking, makeSigningIn, type Notice, noticeText } from './steps.ts';
import { startMarking } from './voting.ts';

type IdentifyProps = StepProps & { readonly notice: Notice | null };

/** Somebody says who they are, or shows a pass that they have already. */
export function Identify({ notice, ...props }: IdentifyProps) {
  const { speech, definition } = props;
  const { messages, formats } = speech;
  const { identification, opensAt, closesAt, timeZone } = definition;
  const now = Date.now();
  if (now >= Date.parse(closesAt)) {
    return (
      <>
        <h1>{messages.title}</h1>
        <p class="notice">{messages.closed(formats.dateTime(closesAt, timeZone))}</p>
      </>
    );
  }
  const isOpen = now >= Date.parse(opensAt);
  const hasWay = identification?.accessCodes !== undefined || (identification?.providers.length ?? 0) > 0;
  return (
    <>
      <h1>{messages.whoTitle}</h1>
      <p class="quiet">
        {isOpen
          ? messages.closes(formats.dateTime(closesAt, timeZone))
          : messages.opens(formats.dateTime(opensAt, timeZone))}
      </p>
      {notice === null ? null : (
        <p class="notice bad" role="alert">
          {noticeText(notice, messages)}
        </p>
      )}
      {hasWay ? <IdentityForm {...props} /> : <p class="notice">{messages.noWay}</p>}
      <details class="more" open={!hasWay}>
        <summary>{messages.havePass}</summary>
        <PassForm {...props} />
      </details>
    </>
  );
}

function IdentityForm({ speech, definition, change, say }: StepProps) {
  const { messages } = speech;
  const { identification, regions } = definition;
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const providers = identification?.providers ?? [];
  const hasCodes = identification?.accessCodes !== undefined;
  const read = (name: string) => readField(form.current, name);
  const regionChosen = () => regions.find(({ id }) => id === read('region'));

  const begin = async (work: () => Promise<void>) => {
    say(null);
    setBusy(true);
    await work().catch(() => say({ sentence: 'signInFailed' }));
    setBusy(false);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const region = regionChosen();
    const [rollNumber, accessCode] = [read('roll-number'), read('access-code')];
    if (region === undefined || rollNumber === '' || accessCode === '') return say({ sentence: 'needAll' });
    void begin(async () => {
      const proof = { type: 'access-code', rollNumber: rollNumber as RollNumber, accessCode } as const;
      const asking = await makeAsking(region, proof);
      await change((kept) => kept ?? asking);
    });
  };
  const signIn = (provider: (typeof providers)[number]) => {
    const region = regionChosen();
    if (region === undefined) return say({ sentence: 'needAll' });
    void begin(async () => {
      const { voting, url } = await makeSigningIn(region, provider);
      await change((kept) => (kept === undefined || kept.step === 'signing-in' ? voting : kept));
      location.assign(url);
    });
  };
  return (
    <form ref={form} onSubmit={submit} noValidate>
      <p>{messages.whoHint}</p>
      <div class="field">
        <label for="region">{messages.region}</label>
        <select id="region" name="region" required>
          {regions.length === 1 ? null : <option value="">{messages.chooseRegion}</option>}
          {regions.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </div>
      {hasCodes ? <CodeFields messages={messages} isBusy={isBusy} /> : null}
      {providers.map((provider) => (
        <div class="actions" key={provider.issuer}>
          <button type="button" class="button second" disabled={isBusy} onClick={() => signIn(provider)}>
            {messages.signInWith(new URL(provider.issuer).hostname)}
          </button>
        </div>
      ))}
    </form>
  );
}

interface CodeFieldsProps {
  readonly messages: StepProps['speech']['messages'];
  readonly isBusy: boolean;
}

/** Codes are read off a card: no capitals, corrections or suggestions of the keyboard's. */
function CodeFields({ messages, isBusy }: CodeFieldsProps) {
  const plain = {
    autocapitalize: 'characters',
    autocorrect: 'off',
    spellcheck: false,
    required: true,
  } as const;
  return (
    <>
      <p class="quiet small" id="on-card">
        {messages.onCard}
      </p>
      <div class="field">
        <label for="roll-number">{messages.rollNumber}</label>
        <input
          id="roll-number"
          name="roll-number"
          autocomplete="off"
          maxLength={64}
          aria-describedby="on-card"
          {...plain}
        />
      </div>
      <div class="field">
        <label for="access-code">{messages.accessCode}</label>
        <input
          id="access-code"
          name="access-code"
          autocomplete="off"
          maxLength={64}
          aria-describedby="on-card"
          {...plain}
        />
      </div>
      <div class="actions">
        <button type="submit" class="button" disabled={isBusy}>
          {messages.getPass}
        </button>
      </div>
    </>
  );
}

function PassForm({ speech, definition, change }: StepProps) {
  const { messages } = speech;
  const [fault, setFault] = useState<string | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const text = readField(event.target, 'pass').replaceAll(/\s/g, '');
    const pass = parsePass(text);
    if (pass === null) return setFault(messages.notAPass);
    const region = await verifyPass(definition, pass);
    if (region === null) return setFault(messages.badPass);
    await change((kept) =>
      kept === undefined || kept.step === 'signing-in' ? startMarking(text, region.id) : kept,
    );
  };
  return (
    <form onSubmit={(event: Event) => void submit(event)} noValidate>
      <div class="field">
        <label for="pass">{messages.pass}</label>
        <p class="hint" id="pass-hint">
          {messages.passHint}
        </p>
        <textarea
          id="pass"
          name="pass"
          rows={4}
          autocomplete="off"
          spellcheck={false}
          aria-describedby="pass-hint pass-fault"
          aria-invalid={fault === null ? 'false' : 'true'}
        />
        <p id="pass-fault" class="bad-text" role="alert">
          {fault}
        </p>
      </div>
      <button type="submit" class="button second">
        {messages.usePass}
      </button>
    </form>
  );
}
