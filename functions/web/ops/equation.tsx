import type { OperatorFigures } from '../../../schema/wire/operator.ts';
import { ownTimeZone } from '../language/formats.ts';
import type { OpsSpeech } from './ops-view.tsx';

const looks = {
  balanced: 'notice good',
  'catching-up': 'notice',
  broken: 'notice bad',
  reading: 'notice',
  partial: 'notice warning',
} as const satisfies Record<OperatorFigures['verdict'], string>;

interface EquationProps {
  readonly speech: OpsSpeech;
  readonly figures: OperatorFigures;
  /** Nothing has been heard since: what was true then has no colour now. */
  readonly isSilent: boolean;
}

/** The one sentence that everything here stands for, with its numbers. */
export function Equation({ speech, figures, isSilent }: EquationProps) {
  const { messages, formats } = speech;
  const { verdict, accepted, recorded, duplicates, quarantined, onTheWay, unaccounted } = figures;
  const { number } = formats;
  const sum = recorded + duplicates + quarantined + Math.max(0, verdict === 'broken' ? 0 : onTheWay);
  return (
    <section class={`${isSilent ? 'notice unknown' : looks[verdict]} equation`} aria-labelledby="equation">
      <h2 id="equation">{messages.sentence}</h2>
      <p class="terms">
        <Term value={number(accepted)} name={messages.accepted} />
        <Term sign={accepted === sum ? '=' : '≠'} value={number(recorded)} name={messages.recorded} />
        <Term sign="+" value={number(duplicates)} name={messages.duplicate} />
        <Term sign="+" value={number(quarantined)} name={messages.quarantined} />
        {onTheWay > 0 && verdict !== 'broken' ? (
          <Term sign="+" value={number(onTheWay)} name={messages.onTheWay} />
        ) : null}
      </p>
      <p>
        <strong role="status">{isSilent ? messages.notKnown : messages.verdict[verdict]}.</strong>{' '}
        {isSilent ? messages.notKnownMeans(messages.verdict[verdict]) : messages.means[verdict]}
        {unaccounted > 0 ? ` ${messages.unaccounted(number(unaccounted))}` : ''}
      </p>
      <p class="small">
        {messages.counted}{' '}
        <time datetime={figures.at}>{messages.at(formats.time(figures.at, ownTimeZone()))}</time>.
      </p>
    </section>
  );
}

interface TermProps {
  readonly sign?: string;
  readonly value: string;
  readonly name: string;
}

function Term({ sign, value, name }: TermProps) {
  return (
    <span class="term">
      {sign === undefined ? null : <span class="sign">{sign}</span>}
      <span>
        <span class="value">{value}</span> <span class="name">{name}</span>
      </span>
    </span>
  );
}
