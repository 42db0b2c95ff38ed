import type { Minute, PeakReport } from './play-peak.ts';

const width = 60;
const height = 10;

/** One column a span of minutes, its highest value; one row a tenth of the highest of all. */
export function drawChart(values: readonly number[]): string[] {
  const span = Math.max(1, Math.ceil(values.length / width));
  const columns = Array.from({ length: Math.ceil(values.length / span) }, (_, at) =>
    Math.max(...values.slice(at * span, (at + 1) * span)),
  );
  const most = Math.max(...columns, 1);
  return Array.from({ length: height }, (_, row) => {
    const floor = (height - row - 1) / height;
    const bars = columns.map((value) => (value / most > floor ? '█' : ' ')).join('');
    const label = row === 0 ? shorten(most) : row === height - 1 ? '0' : '';
    return `  ${label.padStart(7)} │${bars}`.trimEnd();
  }).concat(`  ${''.padStart(7)} └${'─'.repeat(columns.length)} ${values.length} min`);
}

function shorten(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
  return value >= 1e4 ? `${(value / 1e3).toFixed(1)} k` : value.toFixed(value < 10 ? 1 : 0);
}

const number = (value: number): string => value.toLocaleString('en');

/** The report for people. None of it was run at such a rate: it is arithmetic, second by second. */
export function describePeak(report: PeakReport): string[] {
  const { peak, plan, minutes } = report;
  const chart = (title: string, of: (minute: Minute) => number): string[] => [
    '',
    title,
    ...drawChart(minutes.map(of)),
  ];
  return [
    `${number(peak.votesPerSecond)} votes/s for ${peak.minutes} minutes on ${number(report.shards)} shards, ${number(plan.writerConcurrency)} writers, ${number(report.rowsPerSecond)} rows/s; the database is away for ${peak.failoverSeconds} s in minute ${peak.minutes}`,
    ...chart('votes accepted and not yet recorded', (minute) => minute.backlogVotes),
    ...chart('age of the oldest of them, minutes', (minute) => minute.oldestSeconds / 60),
    ...chart('recorded a second', (minute) => minute.recordedPerSecond),
    '',
    `votes     ${number(report.votes)} accepted, ${number(report.recorded)} recorded`,
    `throttled ${number(report.throttled)} entries offered again, ${number(report.overflowed)} to the overflow queue`,
    `backlog   ${number(report.backlogVotesMax)} at most (the plan, without a failover: ${number(plan.backlogVotesMax)})`,
    `oldest    ${(report.oldestSecondsMax / 60).toFixed(1)} minutes`,
    `drained   after ${report.drainMinutes} minutes (the plan: ${plan.drainMinutes})`,
    report.ok
      ? 'ok        every vote recorded'
      : 'FAILED    not every vote is recorded before the stream forgets it',
  ];
}
