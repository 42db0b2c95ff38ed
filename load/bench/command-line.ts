import { parseArgs } from 'node:util';
import { BenchError } from './bench-error.ts';

export const benchNames = [
  'ingest',
  'writer',
  'results',
  'reports',
  'analysts',
  'auditors',
  'cold-start',
  'pages',
] as const;
export type BenchName = (typeof benchNames)[number];

export interface BenchOptions {
  readonly benches: readonly BenchName[];
  /** Every one was meant: what cannot run here is left out, out loud. */
  readonly isAll: boolean;
  /** A few seconds each, to see that it runs: its figures mean nothing. */
  readonly quick: boolean;
  readonly json: boolean;
  /** Write `load/results/bench-<name>.json`. */
  readonly save: boolean;
}

export const helpText = `Measures the functions against the limit and against what people write instead, in
the same run, as ratios; how large they are and how soon they are there, in bytes and ms. Needs a machine with nothing else to do.

  npm run bench -- ingest|writer|results|reports|analysts|auditors|cold-start|pages|all [options]

ingest    CPU of one accepted vote, ALB event in to 202 out, 64 in flight. Beside it the floor
          (bare Hono route, JSON, one RSA-PSS verify) and a handler with one PutRecord a vote.
writer    votes recorded a second, at 100, 1,000 and 5,000 a batch on 1, 2 and 4 connections.
          Beside it COPY into the same tables and one transaction a vote; votes for one choice
          against votes spread evenly; empty tables against 5 million rows.
results   reading the results at 10,000 and at 5 million ballots. Beside it count(*) … group by.
reports   every report of the schema report at 5 million ballots, as an analyst.
analysts  votes recorded a second and reading the results from a standby at 5 million ballots:
          without analysts; with two who take no processor time from it; with two who do.
auditors  counting 5 million ballots again, and exporting them; the memory that takes, beside
          that of a tenth of them.
cold-start  ingest and writer bundled as they are deployed: minified bytes, and from the start
          of a process to its handler loaded, less a Node that loads nothing.
pages     first paint of each page in Chromium with its CPU slowed 4×; \`all\` leaves it out where there is none.

  --json     the last line of standard output is one JSON object
  --save     write load/results/bench-<name>.json
  --quick    small and short, to see that it runs; what it measures means nothing
  --help

Ends with 0 if every goal is met, 1 if not or if it could not run, 2 for a wrong command line.
`;

const optionTypes = {
  json: { type: 'boolean' },
  save: { type: 'boolean' },
  quick: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * Reads the command line.
 * @returns null when help is asked for
 * @throws BenchError `usage`
 */
export function parseCommandLine(args: readonly string[]): BenchOptions | null {
  const { values, positionals } = parseStrictly(args);
  if (values.help === true) return null;
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length > 0)
    throw new BenchError('usage', `name one of ${benchNames.join(', ')} or all (--help says more)`);
  if (name !== 'all' && !isBenchName(name))
    throw new BenchError('usage', `there is no bench ${name}: name one of ${benchNames.join(', ')} or all`);
  if (values.quick === true && values.save === true)
    throw new BenchError('usage', '--save keeps figures that --quick does not have: leave one of them out');
  return {
    benches: name === 'all' ? benchNames : [name],
    isAll: name === 'all',
    quick: values.quick === true,
    json: values.json === true,
    save: values.save === true,
  };
}

const isBenchName = (name: string): name is BenchName => benchNames.some((known) => known === name);

function parseStrictly(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: optionTypes, allowPositionals: true, strict: true });
  } catch (cause) {
    const [first = 'unreadable'] = (cause instanceof Error ? cause.message : String(cause)).split(/\.\s|\n/);
    throw new BenchError('usage', `${first.replace(/\.$/, '')} (--help lists the options)`, { cause });
  }
}
