import type { Progress } from '../../../schema/wire/progress.ts';
import { ownTimeZone } from '../language/formats.ts';
import { type Bar, chartMinutes, type MinutesChart } from './minutes-chart.ts';
import type { ResultsSpeech } from './results-view.tsx';

interface MinutesFigureProps {
  readonly speech: ResultsSpeech;
  readonly progress: Progress | null;
}

/** So that the first minutes of a count do not stand there as walls. */
const slotsMin = 30;
/** Of a slot; the rest is the gap. */
const barWidth = 0.8;

/** How fast the count goes: bars for the eye, a table for everybody. */
export function MinutesFigure({ speech, progress }: MinutesFigureProps) {
  const { messages, formats } = speech;
  const minutes = progress?.minutes;
  const timeZone = progress?.timeZone ?? ownTimeZone();
  const chart = minutes === undefined ? null : chartMinutes(minutes);
  return (
    <section aria-labelledby="minutes">
      <h2 id="minutes">{messages.minutes}</h2>
      {chart === null || chart.bars.length === 0 ? (
        <p class="quiet">{messages.minutesNone}</p>
      ) : (
        <figure class="minutes">
          <Chart speech={speech} chart={chart} timeZone={timeZone} />
          <figcaption class="quiet small">
            {messages.zone(formats.zone(chart.bars.at(-1)?.startMs ?? 0, timeZone))}{' '}
            {chart.minutesPerBar > 1 ? `${messages.minutesSpan(formats.number(chart.minutesPerBar))} ` : ''}
            {minutes !== undefined && minutes.before > 0
              ? messages.minutesBefore(formats.number(minutes.before))
              : ''}
          </figcaption>
          <details>
            <summary>{messages.minutesTable}</summary>
            <MinutesTable speech={speech} chart={chart} timeZone={timeZone} />
          </details>
        </figure>
      )}
    </section>
  );
}

interface ChartProps {
  readonly speech: ResultsSpeech;
  readonly chart: MinutesChart;
  readonly timeZone: string;
}

function Chart({ speech, chart, timeZone }: ChartProps) {
  const { messages, formats } = speech;
  const { bars, minutesPerBar, top, peak } = chart;
  const hourMinute = (ms: number) => formats.hourMinute(ms, timeZone);
  const slots = Math.max(slotsMin, bars.length);
  const slotMs = minutesPerBar * 60_000;
  const lastMs = bars.at(-1)?.startMs ?? 0;
  const firstMs = lastMs - (slots - 1) * slotMs;
  const perMinute = (bar: Bar) => formats.number(Math.round((bar.ballots / minutesPerBar) * 10) / 10);
  const label = messages.minutesLabel(
    hourMinute(bars[0]?.startMs ?? 0),
    hourMinute(lastMs),
    peak === null ? '0' : perMinute(peak),
    hourMinute(peak?.startMs ?? 0),
  );
  return (
    <div class="chart">
      <span class="top small quiet">{messages.minutesTop(formats.number(top))}</span>
      <svg viewBox={`0 0 ${slots} 100`} preserveAspectRatio="none" role="img" aria-label={label}>
        <line class="grid" x1="0" x2={slots} y1="0" y2="0" />
        <line class="grid" x1="0" x2={slots} y1="50" y2="50" />
        {bars.map((bar) => {
          const height = Math.min(100, (bar.ballots / minutesPerBar / top) * 100);
          return (
            <rect
              key={bar.startMs}
              class={bar.isRunning ? 'running' : undefined}
              x={(bar.startMs - firstMs) / slotMs + (1 - barWidth) / 2}
              width={barWidth}
              y={(100 - height).toFixed(2)}
              height={height.toFixed(2)}
            >
              <title>{messages.minutesBar(hourMinute(bar.startMs), perMinute(bar))}</title>
            </rect>
          );
        })}
        <line class="base" x1="0" x2={slots} y1="100" y2="100" />
      </svg>
      <span class="axis small quiet" aria-hidden="true">
        <span>{hourMinute(firstMs)}</span>
        <span>{hourMinute(firstMs + Math.floor(slots / 2) * slotMs)}</span>
        <span>{hourMinute(lastMs)}</span>
      </span>
    </div>
  );
}

function MinutesTable({ speech, chart, timeZone }: ChartProps) {
  const { messages, formats } = speech;
  return (
    <table class="narrow">
      <thead>
        <tr>
          <th scope="col">{messages.minute}</th>
          <th scope="col" class="number">
            {messages.ballots}
          </th>
        </tr>
      </thead>
      <tbody>
        {[...chart.bars].reverse().map((bar) => (
          <tr key={bar.startMs}>
            <th scope="row">
              {formats.hourMinute(bar.startMs, timeZone)}{' '}
              {bar.isRunning ? <span class="quiet">{messages.running}</span> : null}
            </th>
            <td class="number">{formats.number(bar.ballots)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
