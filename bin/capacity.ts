import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { describePlan } from '../lib/capacity/describe.ts';
import { CapacityError, type CapacityInput, defaultInput } from '../lib/capacity/input.ts';
import { planCapacity } from '../lib/capacity.ts';

/** Options that are numbers, with the input each stands for. */
const inputs = {
  rps: ['votesPerSecond', 'votes a second at the peak'],
  votes: ['votes', 'votes in all'],
  rows: ['rowsPerSecond', 'votes a second that the database records'],
  'put-ms': ['putMs', 'how long the stream takes to answer'],
  'cpu-us': ['cpuMicrosecondsPerVote', 'our CPU for one vote, microseconds'],
  'request-bytes': ['requestBytes', 'a vote’s request, headers included'],
  headroom: ['headroom', 'share kept free above the peak'],
} as const satisfies Record<string, readonly [keyof CapacityInput, string]>;

const help = `What a peak needs, from what was measured and what AWS allows.

  npm run capacity -- --rps N [--votes N] [options]

${Object.entries(inputs)
  .map(
    ([name, [input, what]]) =>
      `  --${`${name} N`.padEnd(18)}${what}${name === 'rps' ? '' : ` (${defaultInput[input]})`}`,
  )
  .join('\n')}
  --json              one JSON object
  --help              this
`;

function main(args: readonly string[]): number {
  try {
    const values = readOptions(args);
    if (values['help'] === true) {
      process.stdout.write(help);
      return 0;
    }
    const plan = planCapacity(readInput(values));
    process.stdout.write(values['json'] === true ? `${JSON.stringify(plan)}\n` : describePlan(plan));
    return 0;
  } catch (error) {
    const isOurs = error instanceof CapacityError || (error instanceof TypeError && 'code' in error);
    if (!isOurs) throw error;
    process.stderr.write(`capacity: ${error.message.split('\n')[0]}; --help lists the options\n`);
    return 1;
  }
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

function readOptions(args: readonly string[]): Values {
  const options: ParseArgsOptionsConfig = {
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  };
  for (const name of Object.keys(inputs)) options[name] = { type: 'string' };
  return parseArgs({ args: [...args], options, strict: true }).values as Values;
}

/** Digits with an optional fraction; `250_000` and `250,000` are what people write. */
const numberShape = /^\d{1,3}(?:[_,]?\d{3})*(?:\.\d+)?$|^\d{1,15}(?:\.\d+)?$/;

function readInput(values: Values): Partial<CapacityInput> {
  if (values['rps'] === undefined) throw new CapacityError('--rps is missing');
  const input: Partial<Record<keyof CapacityInput, number>> = {};
  for (const [name, [field]] of Object.entries(inputs)) {
    const text = values[name];
    if (typeof text !== 'string') continue;
    if (!numberShape.test(text)) throw new CapacityError(`--${name} ${text}: not a number above 0`);
    input[field] = Number(text.replaceAll(/[_,]/g, ''));
  }
  return input;
}

process.exitCode = main(process.argv.slice(2));
