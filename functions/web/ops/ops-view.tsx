import { useState } from 'hono/jsx/dom';
import type { OperatorFigures } from '../../../schema/wire/operator.ts';
import type { Speech } from '../page/mount-page.tsx';
import { useEffectNow } from '../page/use-effect-now.ts';
import { useWidePage } from '../page/use-wide-page.ts';
import { createAsker } from '../results/ask-again.ts';
import { startPoller } from '../results/poller.ts';
import { Figure } from '../results/summary.tsx';
import { Equation } from './equation.tsx';
import type { OpsMessages } from './messages.ts';
import { SourceTable, toTenths } from './source-table.tsx';

export type OpsSpeech = Speech<OpsMessages>;

/** As in lib/local/operator; nothing in the cloud. */
const figuresAddress = '/v1/operator/figures';
const intervalMs = 1_500;
const failuresTold = 2;

const isFigures = (body: unknown): body is OperatorFigures =>
  typeof body === 'object' && body !== null && 'verdict' in body && 'shards' in body;

interface Followed {
  readonly figures: OperatorFigures | null;
  readonly isSilent: boolean;
}

export function OpsView({ speech }: { readonly speech: OpsSpeech }) {
  const { messages } = speech;
  const { figures, isSilent } = useFigures();
  useWidePage();
  return (
    <>
      <h1>{messages.title}</h1>
      <p class="quiet">{messages.lead}</p>
      {isSilent ? (
        <p class="notice warning" role="status">
          {figures === null ? messages.nothingYet : messages.silent}
        </p>
      ) : null}
      {figures === null ? (
        <p role="status">{messages.waiting}</p>
      ) : (
        <>
          <Equation speech={speech} figures={figures} isSilent={isSilent} />
          {figures.queue.waiting === null ? <p class="notice warning">{messages.writerSilent}</p> : null}
          <Numbers speech={speech} figures={figures} />
          <SourceTable speech={speech} figures={figures} />
          <Quarantine speech={speech} figures={figures} />
        </>
      )}
    </>
  );
}

function useFigures(): Followed {
  const [followed, follow] = useState<Followed>({ figures: null, isSilent: false });
  useEffectNow(() => {
    const poller = startPoller<OperatorFigures>({
      ask: createAsker(figuresAddress, isFigures),
      intervalMs,
      isFinal: () => false,
      onAsked(asked, failures) {
        if (asked.kind === 'new') follow({ figures: asked.body, isSilent: false });
        else if (failures >= failuresTold) follow((last) => ({ ...last, isSilent: true }));
      },
    });
    return () => poller.stop();
  }, []);
  return followed;
}

interface PartProps {
  readonly speech: OpsSpeech;
  readonly figures: OperatorFigures;
}

function Numbers({ speech: { messages, formats }, figures }: PartProps) {
  const { number } = formats;
  const { oldestMs } = figures;
  const oldest = oldestMs === 0 ? messages.oldestNone : messages.seconds(number(Math.ceil(oldestMs / 1000)));
  return (
    <section aria-labelledby="figures">
      <h2 id="figures">{messages.figures}</h2>
      <dl class="figures">
        <Figure name={messages.backlog} value={number(figures.onTheWay)} hint={messages.backlogHint} />
        <Figure name={messages.oldest} value={oldest} hint={messages.oldestHint} />
        <Figure
          name={messages.acceptedRate}
          value={number(toTenths(figures.acceptedPerSecond))}
          hint={messages.rateHint}
        />
        <Figure
          name={messages.recordedRate}
          value={number(toTenths(figures.recordedPerSecond))}
          hint={messages.rateHint}
        />
      </dl>
    </section>
  );
}

function Quarantine({ speech: { messages, formats }, figures: { quarantine } }: PartProps) {
  return (
    <section aria-labelledby="quarantine">
      <h2 id="quarantine">{messages.quarantine}</h2>
      {quarantine.length === 0 ? (
        <p class="quiet">{messages.none}</p>
      ) : (
        <table class="narrow">
          <thead>
            <tr>
              <th scope="col">{messages.reason}</th>
              <th scope="col" class="number">
                {messages.records}
              </th>
            </tr>
          </thead>
          <tbody>
            {quarantine.map(({ reason, records }) => (
              <tr key={reason}>
                <th scope="row">
                  <code>{reason}</code>
                </th>
                <td class="number">{formats.number(records)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
