import { useState } from 'hono/jsx/dom';
import type { Definition } from '../../../schema/wire/definition.ts';
import { electionOf, readDefinition } from '../api/ask.ts';
import { QrCode } from '../page/qr-code.tsx';
import { readField } from '../page/read-field.ts';
import { readCredential } from './credential.ts';
import type { KioskIdentity } from './kiosk-identity.ts';
import type { KioskSpeech, Readiness } from './kiosk-page.tsx';
import type { Pairing } from './kiosk-store.ts';
import { ReadinessLines } from './readiness-lines.tsx';

export interface PairKioskProps {
  readonly speech: KioskSpeech;
  readonly identity: KioskIdentity;
  readonly readiness: Readiness;
  readonly pair: (pairing: Pairing) => Promise<void>;
}

/** Once a kiosk: which election, and where it stands. */
export function PairKiosk({ speech, identity, readiness, pair }: PairKioskProps) {
  const { messages } = speech;
  const [definition, setDefinition] = useState<Definition | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const load = async (event: Event) => {
    event.preventDefault();
    const election = electionOf(`/kiosk/${readField(event.target, 'election')}`);
    const answer = election === null ? null : await readDefinition(election);
    if (answer?.kind !== 'ok') return setFault(messages.cannotLoadElection);
    setFault(null);
    setDefinition(answer.body);
  };
  return (
    <>
      <h1>{messages.pairTitle}</h1>
      <p>{messages.pairHint}</p>
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
              value={electionOf(location.pathname) ?? ''}
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              aria-describedby="election-hint election-fault"
            />
            <p id="election-fault" class="bad-text" role="alert">
              {fault}
            </p>
          </div>
          <button type="submit" class="button">
            {messages.load}
          </button>
        </form>
      ) : (definition.kioskKeys ?? []).length === 0 ? (
        <ChooseStation speech={speech} definition={definition} pair={pair} />
      ) : (
        <ShowCredential speech={speech} definition={definition} identity={identity} pair={pair} />
      )}
      <ReadinessLines messages={messages} readiness={readiness} />
    </>
  );
}

type StepProps = Pick<PairKioskProps, 'speech' | 'pair'> & { readonly definition: Definition };

/** Where no office signs anything: a demonstration. */
function ChooseStation({ speech, definition, pair }: StepProps) {
  const { messages } = speech;
  const submit = (event: Event) => {
    event.preventDefault();
    const [region = '', station = ''] = readField(event.target, 'station').split('/');
    void pair({ definition, region, station, credential: null });
  };
  return (
    <form onSubmit={submit} noValidate>
      <p class="notice warning">{messages.noCredentials}</p>
      <div class="field">
        <label for="station">{messages.station}</label>
        <select id="station" name="station">
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
      </div>
      <button type="submit" class="button">
        {messages.pair}
      </button>
    </form>
  );
}

function ShowCredential({
  speech,
  definition,
  identity,
  pair,
}: StepProps & { readonly identity: KioskIdentity }) {
  const { messages } = speech;
  const [fault, setFault] = useState<string | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const text = readField(event.target, 'credential');
    const result = await readCredential(text, definition, identity.publicKey, Date.now());
    if (!result.ok) return setFault(messages.credentialFaults[result.fault]);
    await pair({ definition, region: result.region, station: result.station, credential: result.text });
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
            {fault}
          </p>
        </div>
        <button type="submit" class="button">
          {messages.pair}
        </button>
      </form>
    </>
  );
}
