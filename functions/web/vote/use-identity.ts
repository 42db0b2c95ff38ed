import { useRef, useState } from 'hono/jsx/dom';
import type { RollNumber } from '../../../schema/wire/passes.ts';
import type { Region } from '../crypto/voter-pass.ts';
import { focusField } from '../page/field.tsx';
import { readField } from '../page/read-field.ts';
import type { StepProps } from './ballot-page.tsx';
import type { Notice } from './notice.ts';
import type { Provider } from './sign-in.ts';
import { type Drawing, loadBlinding, makeAsking, makeSigningIn } from './steps.ts';

const codeFields = ['region', 'roll-number', 'access-code'] as const;
export type FieldName = (typeof codeFields)[number];

/** What is being done since something has been pressed; `stuck`: until the network answers. */
type Work = 'none' | 'running' | 'stuck';

/** What somebody does with the form that says who they are. */
export function useIdentity({ definition, change, draws, say }: StepProps) {
  const { regions } = definition;
  const [work, setWork] = useState<Work>('none');
  const [empty, setEmpty] = useState<readonly FieldName[]>([]);
  const form = useRef<HTMLFormElement>(null);
  const read = (name: FieldName) => readField(form.current, name);

  /** Null: something is missing, which is said where it is. */
  const readRegion = (needed: readonly FieldName[]): Region | null => {
    const missing = needed.filter((name) => read(name) === '');
    setEmpty(missing);
    const [first] = missing;
    if (first === undefined) return regions.find(({ id }) => id === read('region')) ?? null;
    focusField(form.current, first);
    return null;
  };
  const begin = async (
    needed: readonly FieldName[],
    failed: Notice,
    act: (region: Region, drawing: Drawing) => Promise<void>,
  ) => {
    if (readRegion(needed) === null) return;
    say(null);
    setWork('running');
    const onFailure = () => setWork('stuck');
    await loadBlinding(onFailure);
    // While that took its time, something may have been corrected.
    const region = readRegion(needed);
    if (region !== null) await act(region, { draws, onFailure }).catch(() => say(failed));
    setWork('none');
  };
  const askWithCode = () =>
    void begin(codeFields, { sentence: 'didNotWork' }, async (region, drawing) => {
      const proof = {
        type: 'access-code',
        rollNumber: read('roll-number') as RollNumber,
        accessCode: read('access-code'),
      } as const;
      const asking = await makeAsking(region, proof, drawing);
      await change((kept) => kept ?? asking);
    });
  const signIn = (provider: Provider) =>
    void begin(['region'], { sentence: 'signInFailed' }, async (region, drawing) => {
      const { voting, url } = await makeSigningIn(region, provider, drawing);
      await change((kept) => (kept === undefined || kept.step === 'signing-in' ? voting : kept));
      location.assign(url);
    });
  const fill = (name: string) => setEmpty(empty.filter((one) => one !== name));
  return { form, work, empty, fill, askWithCode, signIn };
}
