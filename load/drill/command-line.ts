import { parseArgs } from 'node:util';
import { allDrills } from './all-drills.ts';
import type { Drill } from './drill.ts';
import { DrillError } from './drill-error.ts';

export interface CommandLine {
  readonly drills: readonly Drill[];
  readonly json: boolean;
  readonly seed: number;
  readonly seconds: number;
  readonly ratePerSecond: number;
}

const secondsDefault = 8;
const rateDefault = 300;

const listed = allDrills.map(({ name, title }) => `  ${name.padEnd(22)} ${title}`).join('\n');

export const helpText = `Breaks the pipeline while votes come in, and then checks from outside that none is lost.

  npm run drill -- NAME|all|list [options]

Each drill starts a pipeline of its own, casts votes at a steady rate from clients that keep every
receipt and repeat a vote until they have one, breaks something, lets it recover, drains, and
compares receipts, tables and tallies. It fails if anything is lost, counted twice or unexplained,
and also if its fault cannot be seen to have bitten.

${listed}

  --seconds N  for how long votes are cast, 3 to 600 (default ${secondsDefault}); the fault lasts a third of it
  --rate N     votes a second, 10 to 5000 (default ${rateDefault})
  --seed N     what is drawn at random, 0 to 4294967295 (default: drawn, and printed)
  --json       one JSON object a drill on standard output, the timeline on standard error
  --help

Ends with 0 if every drill held, 1 if not, or if one could not be run.
`;

const optionTypes = {
  json: { type: 'boolean' },
  seed: { type: 'string' },
  seconds: { type: 'string' },
  rate: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * Reads the command line.
 * @param seedDefault drawn by the caller
 * @returns `help` or `list` where that is asked for
 * @throws DrillError `usage`
 */
export function parseCommandLine(
  args: readonly string[],
  seedDefault: number,
): CommandLine | 'help' | 'list' {
  const { values, positionals } = parseStrictly(args);
  if (values.help === true) return 'help';
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length > 0)
    throw new DrillError('usage', 'name one drill, or all, or list (--help says more)');
  if (name === 'list') return 'list';
  const drills =
    name === 'all'
      ? allDrills.filter(({ inAll }) => inAll !== false)
      : allDrills.filter((drill) => drill.name === name);
  if (drills.length === 0)
    throw new DrillError('usage', `there is no drill ${JSON.stringify(name)}: list names them all`);
  return {
    drills,
    json: values.json === true,
    seed: readNumber('seed', values.seed, 0, 2 ** 32 - 1) ?? seedDefault,
    seconds: readNumber('seconds', values.seconds, 3, 600) ?? secondsDefault,
    ratePerSecond: readNumber('rate', values.rate, 10, 5_000) ?? rateDefault,
  };
}

function readNumber(name: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new DrillError(
    'usage',
    `--${name} takes a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`,
  );
}

function parseStrictly(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: optionTypes, allowPositionals: true, strict: true });
  } catch (cause) {
    const [first = 'unreadable'] = (cause instanceof Error ? cause.message : String(cause)).split(/\.\s|\n/);
    throw new DrillError('usage', `${first.replace(/\.$/, '')} (--help lists the options)`, { cause });
  }
}
