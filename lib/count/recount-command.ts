import { availableParallelism } from 'node:os';
import {
  drawBar,
  endProgress,
  type Outcome,
  parseCommand,
  runCommand,
  showProgress,
} from '../admin/command-line.ts';
import { CountError } from './count-error.ts';
import { describeDifference } from './difference.ts';
import { findDatabase } from './find-database.ts';
import { type RecountReport, recount } from './recount.ts';
import { findStreamWitness } from './stream-witness.ts';

const help = `Counts every ballot of an election again, in one snapshot, and compares.

  npm run recount -- --election ID [options]

  --election ID        which election
  --accepted N         distinct votes of it that the stream accepted, to be held against what became of them; a pipeline
                       on this machine is asked itself. In AWS that is the number of different votes (voter key and
                       ballot id) in the stream, by whoever reads it: requests, records and metrics have repeats in them
  --against FILE       what the independent count (npm run count) left, or a recount's --keep: compares each ballot
  --keep FILE          leave such a file if there is no difference, to be kept where nobody of the database's can write;
                       a file that is there is never replaced
  --line-by-line       do not group ballots that are alike first, as it does by itself once hardly two of them are
  --connections N      to the database, at the same time (as many as cores)
  --data-dir DIR       the pipeline that runs on this machine (.data)
  --database-url URL   instead: postgres://HOST:PORT/DATABASE, a reader will do; logs in as auditor
  --primary            read from the primary where there is a standby
  --json               one JSON object
  --help               this

It compares the ballots with the tally at every level and its totals, with participations, with what the writers noted
of their batches, with the stream, and each with its own line. Ends with 0 if there is no difference, with 1 if there is
one. Without --against it cannot find what somebody changed in ballots and tally alike.
`;

const options = {
  election: { type: 'string' },
  accepted: { type: 'string' },
  against: { type: 'string' },
  keep: { type: 'string' },
  'line-by-line': { type: 'boolean', default: false },
  connections: { type: 'string' },
  'data-dir': { type: 'string' },
  'database-url': { type: 'string' },
  primary: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const connectionsMax = 64;
const shownMax = 100;

/** `npm run recount`. */
export async function runRecountCommand(args: readonly string[]): Promise<void> {
  await runCommand('recount', args.includes('--json'), async () => {
    const { values, positionals } = parseCommand(args, options);
    if (values.help) return { text: help, json: { help } };
    if (positionals[0] !== undefined) throw new TypeError(`what is ${positionals[0]}? (--help)`);
    if (values.election === undefined) throw new TypeError('--election is missing (--help)');
    const dataDir = values['data-dir'];
    const place = { dataDir, databaseUrl: values['database-url'] };
    const url = findDatabase(place, 'auditor', values.primary ? 'primary' : 'reader');
    const accepted = readCount('accepted', values.accepted, Number.MAX_SAFE_INTEGER);
    const stream =
      accepted !== undefined || place.databaseUrl !== undefined
        ? null
        : findStreamWitness({
            dataDir,
            primaryUrl: findDatabase(place, 'auditor', 'primary'),
            snapshotUrl: url,
          });
    const report = await recount({
      url,
      election: values.election,
      connections: readCount('connections', values.connections, connectionsMax) ?? availableParallelism(),
      grouping: values['line-by-line'] ? 'line by line' : undefined,
      accepted,
      stream: stream ?? undefined,
      against: values.against,
      keep: values.keep,
      onProgress: (done, of, ballots) =>
        showProgress(drawBar(done, of, `${ballots.toLocaleString('en')} ballots`)),
    }).finally(endProgress);
    return describe(report, { accepted, keep: values.keep });
  });
}

function readCount(option: string, text: string | undefined, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text.replaceAll(',', ''));
  if (!/^[\d,]+$/.test(text) || value > max || (option === 'connections' && value < 1))
    throw new CountError('nonsense', `--${option} ${text}: a whole number up to ${max}`);
  return value;
}

interface Asked {
  readonly accepted: number | undefined;
  readonly keep: string | undefined;
}

function describe(report: RecountReport, asked: Asked): Outcome {
  const { differences } = report;
  const isEqual = differences.length === 0;
  const shown = differences.slice(0, shownMax).map((one) => `DIFFERENCE  ${describeDifference(one)}`);
  const more =
    differences.length > shownMax ? [`… and ${number(differences.length - shownMax)} more (--json)`] : [];
  const evidence =
    report.evidenceCells === null
      ? ''
      : `, each compared with the evidence (${report.evidenceCells} stations and days)`;
  const kept = isEqual ? 'Kept' : 'Nothing was kept';
  const text = [
    ...shown,
    ...more,
    describeStream(report, asked.accepted),
    `${number(report.ballots)} ballots of ${report.election} in ${report.partitions} partitions counted again in ${report.countingSeconds.toFixed(2)} s, ${number(report.ballotsPerSecond)} a second${evidence}`,
    ...(asked.keep === undefined ? [] : [`${kept} in ${asked.keep}.`]),
    isEqual ? 'Zero differences.' : `${number(differences.length)} differences.`,
    '',
  ].join('\n');
  return { text, json: { ok: isEqual, ...report }, exitCode: isEqual ? 0 : 1 };
}

const number = (value: number) => Math.round(value).toLocaleString('en');

function describeStream({ stream }: RecountReport, accepted: number | undefined): string {
  if (accepted !== undefined) return `accepted: ${number(accepted)}, as was said`;
  if (stream === null)
    return 'NOT COMPARED  what the stream accepted: no pipeline of this machine says (--accepted N)';
  const { verdict, recorded, duplicates, quarantined } = stream;
  const sums = `${number(recorded)} recorded + ${number(duplicates)} duplicate + ${number(quarantined)} quarantined`;
  switch (verdict) {
    case 'balanced':
      return `accepted ${number(stream.accepted)} = ${sums}, of all elections, by the stream itself`;
    case 'catching-up':
      return `votes are under way: the stream accepted ${number(stream.accepted)}; ${sums}`;
    case 'broken':
      return `accepted ${number(stream.accepted)} ≠ ${sums}, of all elections, by the stream itself`;
    case 'reading':
      return 'NOT COMPARED  what the stream accepted: it is still being read; ask again';
    case 'partial':
      return 'NOT COMPARED  what the stream accepted: it does not hold all of it any more, or more than is told apart';
  }
}
