import { useState } from 'hono/jsx/dom';
import type { Definition } from '../../../schema/wire/definition.ts';
import { electionOf, readDefinition } from '../api/ask.ts';
import { QrCode } from '../page/qr-code.tsx';
import { readField } from '../page/read-field.ts';
import { type CredentialFault, readCredential, signedAt } from './credential.ts';
import type { KioskIdentity } from './kiosk-identity.ts';
import type { Kiosk, KioskSpeech, SetUp } from './kiosk-page.tsx';
import type { Pairing } from './kiosk-store.ts';
import type { SetupFault } from './set-up.ts';

export interface PairKioskProps {
  readonly speech: KioskSpeech;
  /** Who the kiosk will be. */
  readonly identity: KioskIdentity;
  /** What it is until then; left out: it is set up for the first time. */
  readonly current?: Pick<Kiosk, 'identity' | 'pairing'> | undefined;
  readonly setUp: SetUp;
}

async function loadDefinition(election: string): Promise<Definition | null> {
  const answer = await readDefinition(election);
  return answer.kind === 'ok' && answer.body.election === election ? answer.body : null;
}

/** Which election, and where the kiosk stands. */
export function PairKiosk({ speech, identity, current, setUp }: PairKioskProps) {
  const { messages } = speech;
  const [definition, setDefinition] = useState<Definition | null>(null);
  const [cannotLoad, setCannotLoad] = useState(false);
  const load = async (event: Event) => {
    event.preventDefault();
    const election = electionOf(`/kiosk/${readField(event.target, 'election')}`);
    const found = election === null ? null : await loadDefinition(election);
    setCannotLoad(found === null);
    setDefinition(found);
  };
  return (
    <>
      <h1>{messages.pairTitle}</h1>
      <p>{current === undefined ? messages.pairHint : messages.pairAnewHint}</p>
      {definition === null ? (
        <form onSubmit={(event: Event) => void load(event)} noValidate>
          <div class="field">
            <label for="election">{messages.electionId}</label>
            <p class="hint" id="election-hint">
              {messages.electionHint}
            </p>
            <input
              id="election"
              name="election"
              value={current?.pairing.definition.election ?? electionOf(location.pathname) ?? ''}
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              aria-describedby="election-hint election-fault"
            />
            <p id="election-fault" class="bad-text" role="alert">
              {cannotLoad ? messages.cannotLoadElection : null}
            </p>
          </div>
          <button type="submit" class="button">
            {messages.load}
          </button>
        </form>
      ) : (definition.kioskKeys ?? []).length === 0 ? (
        <ChooseStation speech={speech} definition={definition} pair={(pairing) => setUp(identity, pairing)} />
      ) : (
        <ShowCredential
          speech={speech}
          definition={definition}
          identity={identity}
          current={current}
          setUp={setUp}
        />
      )}
    </>
  );
}

interface ChooseStationProps {
  readonly speech: KioskSpeech;
  readonly definition: Definition;
  readonly pair: (pairing: Pairing) => Promise<SetupFault | null>;
}

/** Where no office signs anything: a demonstration. */
function ChooseStation({ speech, definition, pair }: ChooseStationProps) {
  const { messages } = speech;
  const [fault, setFault] = useState<SetupFault | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const [region = '', station = ''] = readField(event.target, 'station').split('/');
    setFault(await pair({ definition, region, station, credential: null }));
  };
  return (
    <form onSubmit={(event: Event) => void submit(event)} noValidate>
      <p class="notice warning">{messages.noCredentials}</p>
      <div class="field">
        <label for="station">{messages.station}</label>
        <select id="station" name="station" aria-describedby="station-fault">
          {definition.regions.map((region) => (
            <optgroup key={region.id} label={region.name}>
              {region.stations
                .filter(({ id }) => id !== 'online')
                .map(({ id, name }) => (
                  <option key={id} value={`${region.id}/${id}`}>
                    {name}
                  </option>
                ))}
            </optgroup>
          ))}
        </select>
        <p id="station-fault" class="bad-text" role="alert">
          {fault === null ? null : messages.setupFaults[fault]}
        </p>
      </div>
      <button type="submit" class="button">
        {messages.pair}
      </button>
    </form>
  );
}

type ShowCredentialProps = PairKioskProps & { readonly definition: Definition };

/** A kiosk that is set up also takes another credential for the key that it has: the office's own key was replaced. */
function ShowCredential({ speech, definition: loaded, identity, current, setUp }: ShowCredentialProps) {
  const { messages } = speech;
  const [fault, setFault] = useState<CredentialFault | SetupFault | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const pasted = readField(event.target, 'credential');
    // The office may have replaced its key while this stood here.
    const definition = (await loadDefinition(loaded.election)) ?? loaded;
    const read = (one: KioskIdentity) => readCredential(pasted, definition, one.publicKey, Date.now());
    let [chosen, result] = [identity, await read(identity)];
    if (!result.ok && result.fault === 'other-kiosk' && current !== undefined)
      [chosen, result] = [current.identity, await read(current.identity)];
    if (!result.ok) return setFault(result.fault);
    const { region, station, text: credential } = result;
    // Credentials are public: with one from before, anybody could put the kiosk back where it stood then.
    if (chosen === current?.identity && signedAt(credential) <= signedAt(current.pairing.credential ?? ''))
      return setFault('not-newer');
    setFault(await setUp(chosen, { definition, region, station, credential }));
  };
  return (
    <>
      <section class="card receipt" aria-label={messages.registration}>
        <QrCode text={identity.publicKey} label={messages.registration} />
        <dl class="facts">
          <dt>{messages.fingerprint}</dt>
          <dd>
            <code class="receipt-id">{identity.kioskId}</code>
          </dd>
          <dt>{messages.publicKey}</dt>
          <dd>
            <code>{identity.publicKey}</code>
          </dd>
        </dl>
      </section>
      <p>{messages.registrationHint}</p>
      <form onSubmit={(event: Event) => void submit(event)} noValidate>
        <div class="field">
          <label for="credential">{messages.credential}</label>
          <p class="hint" id="credential-hint">
            {messages.credentialHint}
          </p>
          <textarea
            id="credential"
            name="credential"
            rows={4}
            autocomplete="off"
            spellcheck={false}
            aria-describedby="credential-hint credential-fault"
          />
          <p id="credential-fault" class="bad-text" role="alert">
            {fault === null ? null : { ...messages.credentialFaults, ...messages.setupFaults }[fault]}
          </p>
        </div>
        <button type="submit" class="button">
          {messages.pair}
        </button>
      </form>
    </>
  );
}
