import { controlOf, Field } from '../page/field.tsx';
import type { StepProps, Typed } from './ballot-page.tsx';
import { prefetchBlinding } from './steps.ts';
import { type FieldName, useIdentity } from './use-identity.ts';

/** By roll number and access code, or by who the voter is with somebody else. */
export function IdentityForm({ typed, ...props }: StepProps & { readonly typed: Typed | null }) {
  const { speech, definition } = props;
  const { messages } = speech;
  const { identification, regions } = definition;
  const { form, work, empty, fill, askWithCode, signIn } = useIdentity(props);
  const hasCodes = identification?.accessCodes !== undefined;
  const faultOf = (name: FieldName) => (empty.includes(name) ? messages.needThis[name] : null);
  const regionField = { id: 'region', label: messages.region, fault: faultOf('region') };
  return (
    <form
      ref={form}
      onSubmit={(event: Event) => {
        event.preventDefault();
        askWithCode();
      }}
      onFocusIn={prefetchBlinding}
      onInput={({ target }: Event) => fill((target as HTMLInputElement).name)}
      noValidate
    >
      <p>{messages.whoHint}</p>
      <Field {...regionField}>
        <select required {...controlOf(regionField)}>
          {regions.length === 1 ? null : <option value="">{messages.chooseRegion}</option>}
          {regions.map(({ id, name }) => (
            <option key={id} value={id} selected={id === typed?.region}>
              {name}
            </option>
          ))}
        </select>
      </Field>
      {hasCodes ? (
        <CodeFields messages={messages} rollNumber={typed?.rollNumber ?? ''} faultOf={faultOf} />
      ) : null}
      {work === 'stuck' ? (
        <p class="notice warning" role="status">
          {messages.stuck}
        </p>
      ) : null}
      {hasCodes ? (
        <div class="actions">
          <button type="submit" class="button" disabled={work !== 'none'}>
            {messages.getPass}
          </button>
        </div>
      ) : null}
      {identification?.providers.map((provider) => (
        <div class="actions" key={provider.issuer}>
          <button
            type="button"
            class="button second"
            disabled={work !== 'none'}
            onClick={() => signIn(provider)}
          >
            {messages.signInWith(new URL(provider.issuer).hostname)}
          </button>
        </div>
      ))}
    </form>
  );
}

interface CodeFieldsProps {
  readonly messages: StepProps['speech']['messages'];
  readonly rollNumber: string;
  readonly faultOf: (name: FieldName) => string | null;
}

/** Codes are read off a card: no capitals, corrections or suggestions of the keyboard's. */
function CodeFields({ messages, rollNumber, faultOf }: CodeFieldsProps) {
  const plain = { autocapitalize: 'characters', autocorrect: 'off', maxLength: 64, required: true } as const;
  const number = { id: 'roll-number', label: messages.rollNumber, fault: faultOf('roll-number') };
  const code = { id: 'access-code', label: messages.accessCode, fault: faultOf('access-code') };
  return (
    <>
      <p class="quiet small" id="on-card">
        {messages.onCard}
      </p>
      <Field {...number}>
        <input value={rollNumber} {...plain} {...controlOf(number, 'on-card')} />
      </Field>
      <Field {...code}>
        <input {...plain} {...controlOf(code, 'on-card')} />
      </Field>
    </>
  );
}
