import type { OperatorFigures } from '../../../schema/wire/operator.ts';
import type { OpsSpeech } from './ops-view.tsx';

interface SourceTableProps {
  readonly speech: OpsSpeech;
  readonly figures: OperatorFigures;
}

/** As far as a rate means anything. */
export const toTenths = (perSecond: number): number => Math.round(perSecond * 10) / 10;

/** Where records come from, and what became of them. */
export function SourceTable({ speech: { messages, formats }, figures: { shards, queue } }: SourceTableProps) {
  const cell = (value: number | null) => (
    <td class="number">{value === null ? messages.unknown : formats.number(value)}</td>
  );
  const age = (ms: number) => (
    <td class="number">{messages.seconds(formats.number(Math.ceil(ms / 1000)))}</td>
  );
  const heads = [
    messages.records,
    messages.acceptedShort,
    messages.recordedShort,
    messages.recordedName,
    messages.repeated,
    messages.duplicates,
    messages.quarantinedName,
    messages.inHand,
    messages.age,
    messages.failures,
  ];
  return (
    <section aria-labelledby="sources">
      <h2 id="sources">{messages.bySource}</h2>
      <p class="quiet small">{messages.sourceHint}</p>
      {/* What scrolls has to be reachable by keyboard. */}
      <section class="scrolls" aria-label={messages.source} tabindex={0}>
        <table class="sources">
          <thead>
            <tr>
              <th scope="col">{messages.source}</th>
              {heads.map((name) => (
                <th key={name} scope="col" class="number">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shards.map((one) => (
              <tr key={one.shard}>
                <th scope="row">
                  <code>{one.shard}</code>
                </th>
                {cell(one.records)}
                {cell(toTenths(one.acceptedPerSecond))}
                {cell(toTenths(one.recordedPerSecond))}
                {cell(one.recorded)}
                {cell(one.repeated)}
                {cell(one.duplicates)}
                {cell(one.quarantined)}
                {cell(one.inHand)}
                {age(one.oldestMs)}
                {cell(one.failures)}
              </tr>
            ))}
            <tr>
              <th scope="row">{messages.queue}</th>
              <td class="number">–</td>
              <td class="number">–</td>
              {cell(toTenths(queue.recordedPerSecond))}
              {cell(queue.recorded)}
              {cell(queue.repeated)}
              {cell(queue.duplicates)}
              {cell(queue.quarantined)}
              {cell(queue.waiting)}
              <td class="number">–</td>
              <td class="number">–</td>
            </tr>
          </tbody>
        </table>
      </section>
    </section>
  );
}
