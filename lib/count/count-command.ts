import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import {
  drawBar,
  endProgress,
  type Outcome,
  parseCommand,
  runCommand,
  showProgress,
} from '../admin/command-line.ts';
import type { Comparison } from './compare-count.ts';
import { CountError } from './count-error.ts';
import { formatPosition } from './count-file.ts';
import { describeDifference } from './difference.ts';
import { findDatabase } from './find-database.ts';
import { followBallots } from './follow.ts';

const help = `Counts the ballots from the database's change stream, independently of its tally, and compares the two at a
common position in the log.

  npm run count -- [--follow] [options]

  --follow             go on until Ctrl-C, comparing now and then and once more at the end
  --every SECONDS      how often with --follow (10)
  --ballots            compare each ballot in the tables at every comparison, by the digests that were kept; without it
                       at the last one, and before it for a twentieth of the time
  --file FILE          where the count is kept (DATA-DIR/count.json); secret, and not to be kept where the database's people write
  --fresh              begin anew from what is in the tables; the old file becomes FILE.previous (-2, -3 …)
  --slot NAME          of the replication slot (ballotstream_count)
  --data-dir DIR       the pipeline that runs on this machine (.data)
  --database-url URL   instead: postgres://HOST:PORT/DATABASE of the writer; logs in as counter
  --json               one JSON object a comparison
  --help               this

It may be killed at any moment. Updates, deletions and truncations of ballots are alarms, by name, and so is any change
of what is published. Ends with 0 if there was no difference and no alarm, with 1 otherwise. As long as the slot is
there, the database keeps the log for it (up to max_slot_wal_keep_size).
`;

const options = {
  follow: { type: 'boolean', default: false },
  every: { type: 'string', default: '10' },
  ballots: { type: 'boolean', default: false },
  file: { type: 'string' },
  fresh: { type: 'boolean', default: false },
  slot: { type: 'string', default: 'ballotstream_count' },
  'data-dir': { type: 'string' },
  'database-url': { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const publication = 'ballots';
const secondsMin = 0.1;
const secondsMax = 86_400;

/** `npm run count`. */
export async function runCountCommand(args: readonly string[]): Promise<void> {
  await runCommand('count', args.includes('--json'), async () => {
    const { values, positionals } = parseCommand(args, options);
    if (values.help) return { text: help, json: { help } };
    if (positionals[0] !== undefined) throw new TypeError(`what is ${positionals[0]}? (--help)`);
    if (!/^[a-z0-9_]{1,40}$/.test(values.slot))
      throw new CountError('nonsense', '--slot: up to 40 of a-z, 0-9 and _');
    const every = Number(values.every);
    if (!(every >= secondsMin && every <= secondsMax))
      throw new CountError('nonsense', `--every ${values.every}: seconds, ${secondsMin} to ${secondsMax}`);
    const place = { dataDir: values['data-dir'], databaseUrl: values['database-url'] };
    if (values.file === undefined && place.databaseUrl !== undefined)
      throw new CountError('nonsense', '--database-url needs --file');
    const say = (line: string) => process.stderr.write(`${line}\n`);
    const stopping = new AbortController();
    const stop = () => {
      if (values.follow) say('each ballot is compared once more, then it ends (once more: at once)');
      stopping.abort();
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
    let differences = 0;
    const last = await followBallots({
      findUrl: () => findDatabase(place, 'counter', 'primary'),
      slot: values.slot,
      publication,
      file: values.file ?? join(place.dataDir ?? '.data', 'count.json'),
      connections: availableParallelism(),
      isFresh: values.fresh,
      follows: values.follow,
      compareMs: every * 1000,
      comparesBallots: values.ballots,
      signal: stopping.signal,
      onComparison(comparison) {
        differences += comparison.differences.length;
        if (values.follow)
          process.stdout.write(
            values.json ? `${JSON.stringify(toJson(comparison))}\n` : describe(comparison),
          );
      },
      onPartition: (done, of) =>
        done === of ? endProgress() : showProgress(drawBar(done, of, 'each ballot in the tables')),
      onAlarm: (alarm) => say(`ALARM  ${describeDifference(alarm)}`),
      onLine: say,
    });
    return outcomeOf(last, differences, values.follow);
  });
}

function outcomeOf(last: Comparison | null, differences: number, hasShown: boolean): Outcome {
  if (last === null) throw new Error('it ended before anything was compared');
  const isEqual = differences === 0;
  return {
    text: hasShown ? '' : describe(last),
    json: hasShown ? { ok: isEqual, comparisonsDiffered: differences } : { ok: isEqual, ...toJson(last) },
    exitCode: isEqual ? 0 : 1,
  };
}

const shownMax = 100;

function describe(comparison: Comparison): string {
  const { differences, ballots, cells, tallyCells, position, comparedBallots } = comparison;
  const number = (value: number) => value.toLocaleString('en');
  const lines = differences.slice(0, shownMax).map((one) => `DIFFERENCE  ${describeDifference(one)}`);
  const verdict = differences.length === 0 ? 'Zero differences' : `${number(differences.length)} differences`;
  const unsaid = [
    ...comparison.tallyLeftOut.map(
      (election) =>
        `tally of ${election}: an archived day of it was dropped when this count began (restore it, then --fresh)`,
    ),
    ...comparison.daysLeftOut.map(
      (day) => `each ballot of ${day}: that archived day is, or was when this count began, in its file alone`,
    ),
  ].map((text) => `NOT COMPARED  ${text}`);
  const each = comparedBallots ? ', each ballot in the tables' : ' (not each ballot this time)';
  return [
    ...lines,
    ...unsaid,
    `${verdict} at ${formatPosition(position)}: ${number(ballots)} ballots in ${number(cells)} stations and days; compared: ${number(tallyCells)} numbers of the official tally${each}`,
    '',
  ].join('\n');
}

const toJson = ({ position, ...rest }: Comparison) => ({ position: formatPosition(position), ...rest });
