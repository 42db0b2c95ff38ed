import { useState } from 'hono/jsx/dom';
import { parsePass, verifyPass } from '../crypto/voter-pass.ts';
import { controlOf, Field, focusField } from '../page/field.tsx';
import { readField } from '../page/read-field.ts';
import type { StepProps } from './ballot-page.tsx';
import { startMarking } from './voting.ts';

/** Takes a pass that somebody has already. */
export function PassForm({ speech: { messages }, definition, change }: StepProps) {
  const [faulty, setFaulty] = useState<'notAPass' | 'badPass' | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const refuse = (why: 'notAPass' | 'badPass') => {
      setFaulty(why);
      focusField(event.target, 'pass');
    };
    const text = readField(event.target, 'pass').replaceAll(/\s/g, '');
    const pass = parsePass(text);
    if (pass === null) return refuse('notAPass');
    const region = await verifyPass(definition, pass);
    if (region === null) return refuse('badPass');
    await change((kept) =>
      kept === undefined || kept.step === 'signing-in' ? startMarking(text, region.id) : kept,
    );
  };
  const field = {
    id: 'pass',
    label: messages.pass,
    hint: messages.passHint,
    fault: faulty === null ? null : messages[faulty],
  };
  return (
    <form onSubmit={(event: Event) => void submit(event)} noValidate>
      <Field {...field}>
        <textarea rows={4} {...controlOf(field)} />
      </Field>
      <button type="submit" class="button second">
        {messages.usePass}
      </button>
    </form>
  );
}
