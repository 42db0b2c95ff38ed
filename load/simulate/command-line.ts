import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Peak } from './capacity/play-peak.ts';
import { SimulateError } from './simulate-error.ts';

export type SimulateCommand =
  | { readonly kind: 'help' }
  /** Many runs, and whether all of them hold. */
  | {
      readonly kind: 'seeds';
      readonly seeds: number;
      readonly first: number;
      readonly threads: number;
      readonly json: boolean;
    }
  /** One run, step by step. */
  | { readonly kind: 'seed'; readonly seed: number; readonly json: boolean }
  /** A peak against the capacity plan. */
  | { readonly kind: 'capacity'; readonly peak: Peak; readonly json: boolean };

const seedsDefault = 1_000;
const seedsMax = 10_000_000;
const threadsMax = 64;

export const helpText = `Plays the pipeline in virtual time: the real ingest, group commit, writer and pumps, over a stream,
a queue and a database that fail in every way they may. Clients retry, processes are killed at any
await, replies are lost, shards are split and merged. After each run the books are audited: every
acknowledged vote is recorded, a duplicate or in quarantine; nothing is recorded that nobody cast; no
voter key twice; the tally is the recount; accepted = recorded + duplicate + quarantined.

  npm run simulate -- [--seeds 10000] [--first 1] [--threads N] [--json]
  npm run simulate -- --seed N [--json]
  npm run simulate -- --capacity [--rps 250000] [--minutes 20] [--rows-per-second N] [--shards N]
                      [--failover-seconds 60] [--seed 1] [--json]

  --seeds N     runs, each from a seed of its own (default ${seedsDefault.toLocaleString('en')}); stops at the first that fails
  --first N     the first seed (default 1)
  --seed N      this run only, step by step
  --threads N   default: as many as there are cores
  --capacity    plays a peak second by second against the plan of \`npm run capacity\`, with a failover
                when it hurts most: backlog, age of the oldest vote, drain. Arithmetic, not a load test.
  --json        one JSON object instead of text
  --help

The same seed is the same run, on any machine and with any number of threads. Ends with 0 if
everything held, 1 if not or if the command line is wrong.
`;

const optionTypes = {
  seeds: { type: 'string' },
  first: { type: 'string' },
  seed: { type: 'string' },
  threads: { type: 'string' },
  capacity: { type: 'boolean' },
  rps: { type: 'string' },
  minutes: { type: 'string' },
  'rows-per-second': { type: 'string' },
  shards: { type: 'string' },
  'failover-seconds': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Reads the command line. Throws SimulateError. */
export function parseCommandLine(args: readonly string[]): SimulateCommand {
  const values = parseStrictly(args);
  if (values.help === true) return { kind: 'help' };
  const json = values.json === true;
  if (values.capacity === true) return { kind: 'capacity', peak: readPeak(values), json };
  for (const option of peakOptions)
    if (values[option] !== undefined) throw new SimulateError(`--${option} belongs to --capacity`);
  if (values.seed !== undefined) {
    for (const other of ['seeds', 'first', 'threads'] as const)
      if (values[other] !== undefined) throw new SimulateError(`--seed is one run: leave out --${other}`);
    return { kind: 'seed', seed: readWhole('seed', values.seed, 0, Number.MAX_SAFE_INTEGER), json };
  }
  const seeds = readWhole('seeds', values.seeds ?? String(seedsDefault), 1, seedsMax);
  return {
    kind: 'seeds',
    seeds,
    first: readWhole('first', values.first ?? '1', 0, Number.MAX_SAFE_INTEGER - seeds),
    threads: readWhole('threads', values.threads ?? String(availableParallelism()), 1, threadsMax),
    json,
  };
}

const peakOptions = ['rps', 'minutes', 'rows-per-second', 'shards', 'failover-seconds'] as const;

/** 250,000 a second for 20 minutes; Aurora fails over in under 60 s (capacity-facts, S). */
function readPeak(values: ReturnType<typeof parseStrictly>): Peak {
  for (const other of ['seeds', 'first', 'threads'] as const)
    if (values[other] !== undefined) throw new SimulateError(`--capacity is one run: leave out --${other}`);
  const rows = values['rows-per-second'];
  return {
    votesPerSecond: readWhole('rps', values.rps ?? '250000', 1, 10_000_000),
    minutes: readWhole('minutes', values.minutes ?? '20', 1, 1_440),
    rowsPerSecond: rows === undefined ? null : readWhole('rows-per-second', rows, 100, 100_000_000),
    shards: values.shards === undefined ? null : readWhole('shards', values.shards, 1, 20_000),
    failoverSeconds: readWhole('failover-seconds', values['failover-seconds'] ?? '60', 0, 86_400),
    seed: readWhole('seed', values.seed ?? '1', 0, Number.MAX_SAFE_INTEGER),
  };
}

function readWhole(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max))
    throw new SimulateError(
      `--${name} must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`,
    );
  return value;
}

function parseStrictly(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: optionTypes, allowPositionals: false, strict: true }).values;
  } catch (cause) {
    const [first = 'unreadable'] = (cause instanceof Error ? cause.message : String(cause)).split(/\.\s|\n/);
    throw new SimulateError(`${first.replace(/\.$/, '')} (--help lists the options)`, { cause });
  }
}
