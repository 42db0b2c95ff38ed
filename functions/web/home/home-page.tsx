import { useState } from 'hono/jsx/dom';
import type { Definition } from '../../../schema/wire/definition.ts';
import { electionOf } from '../api/ask.ts';
import { controlOf, Field, focusField } from '../page/field.tsx';
import type { Speech } from '../page/mount-page.tsx';
import { readField } from '../page/read-field.ts';
import { useDefinition } from '../page/use-definition.ts';
import { useHash } from '../page/use-hash.ts';
import { electionOfHash } from './home-address.ts';
import type { HomeMessages } from './messages.ts';

type HomeSpeech = Speech<HomeMessages>;

/**
 * What the document says where the whole pipeline is on one machine (lib/web-bundle.ts): its elections. In the cloud
 * nobody can be asked which elections there are, and an election is published without a deployment: there the
 * address names one, or the reader does.
 */
function localElections(): readonly string[] | null {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="local-elections"]');
  return meta === null ? null : meta.content.split(' ').filter((name) => name !== '');
}

/** `/`, and `/#election=demo` */
export function HomePage({ speech }: { readonly speech: HomeSpeech }) {
  const { messages } = speech;
  const [local] = useState(localElections);
  const named = electionOfHash(useHash());
  const elections = named === null ? (local ?? []) : [named];
  return (
    <>
      <h1>{messages.title}</h1>
      <p>{messages.lead}</p>
      {elections.map((election) => (
        <Election key={election} speech={speech} election={election} />
      ))}
      {local === null ? null : (
        <section aria-labelledby="machine">
          <h2 id="machine">{messages.machine}</h2>
          <ul class="ways">
            <Way to="/ops" name={messages.operator} hint={messages.operatorHint} />
          </ul>
        </section>
      )}
      <ChooseElection speech={speech} isFirst={elections.length === 0} />
      <p class="quiet small">
        {messages.caution} {messages.programs}: <a href="/openapi.json">{messages.api}</a>.
      </p>
    </>
  );
}

function Election({ speech, election }: { readonly speech: HomeSpeech; readonly election: string }) {
  const { messages } = speech;
  const loading = useDefinition(election);
  switch (loading.kind) {
    case 'loading':
      return <p class="quiet">{messages.loading}</p>;
    case 'unreachable':
      return (
        <p class="notice warning" role="status">
          {messages.unreachable}
        </p>
      );
    case 'missing':
      return (
        <p class="notice bad" role="alert">
          {messages.unknown(election)}
        </p>
      );
    case 'loaded':
      return <WaysOf speech={speech} definition={loading.definition} />;
  }
}

function WaysOf({ speech, definition }: { readonly speech: HomeSpeech; readonly definition: Definition }) {
  const { messages } = speech;
  const { election, name } = definition;
  return (
    <section aria-labelledby={`election-${election}`}>
      <h2 id={`election-${election}`}>{name}</h2>
      <p class="quiet">{votingTime(speech, definition, Date.now())}</p>
      <ul class="ways">
        <Way to={`/vote/${election}`} name={messages.vote} hint={messages.voteHint} />
        <Way to={`/results/${election}`} name={messages.results} hint={messages.resultsHint} />
        <Way to={`/receipts/${election}`} name={messages.check} hint={messages.checkHint} />
        <Way to={`/kiosk/${election}`} name={messages.kiosk} hint={messages.kioskHint} />
      </ul>
    </section>
  );
}

function votingTime(
  { messages, formats }: HomeSpeech,
  { opensAt, closesAt, timeZone }: Definition,
  nowMs: number,
): string {
  if (nowMs < Date.parse(opensAt)) return messages.opens(formats.dateTime(opensAt, timeZone));
  const when = formats.dateTime(closesAt, timeZone);
  return nowMs < Date.parse(closesAt) ? messages.closes(when) : messages.closed(when);
}

interface WayProps {
  readonly to: string;
  readonly name: string;
  readonly hint: string;
}

function Way({ to, name, hint }: WayProps) {
  return (
    <li>
      <a href={to}>
        <span class="name">{name}</span>
        <span class="quiet small">{hint}</span>
      </a>
    </li>
  );
}

/** Only the address changes: the view follows it. */
function ChooseElection({ speech, isFirst }: { readonly speech: HomeSpeech; readonly isFirst: boolean }) {
  const { messages } = speech;
  const [isFaulty, setFaulty] = useState(false);
  const submit = (event: Event) => {
    event.preventDefault();
    const election = electionOf(`/home/${readField(event.target, 'election')}`);
    setFaulty(election === null);
    if (election === null) focusField(event.target, 'election');
    else location.hash = `election=${election}`;
  };
  const field = {
    id: 'election',
    label: messages.election,
    hint: messages.electionHint,
    fault: isFaulty ? messages.noName : null,
  };
  return (
    <section aria-labelledby="which">
      <h2 id="which">{isFirst ? messages.which : messages.another}</h2>
      <form onSubmit={submit} noValidate>
        <Field {...field}>
          <input autocapitalize="off" {...controlOf(field)} />
        </Field>
        <div class="actions">
          <button type="submit" class="button second">
            {messages.open}
          </button>
        </div>
      </form>
    </section>
  );
}
