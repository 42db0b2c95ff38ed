import { parseArgs } from 'node:util';
import { CapacityError, type CapacityInput, type Compute, computes, defaultInput } from './input.ts';

export type CapacityCommand =
  | { readonly kind: 'help' }
  | {
      readonly kind: 'plan';
      readonly json: boolean;
      readonly asked: Partial<CapacityInput> & Pick<CapacityInput, 'votesPerSecond'>;
    };

const count = (value: number): string => value.toLocaleString('en-US');

export const capacityHelp = `What a peak takes on AWS: how much of each part, which rule says so, which quotas to have
raised, how long recording takes, and what it costs.

  npm run capacity -- --rps N [options]

  --rps N            votes a second at the peak (250000 or 250,000)
  --votes N          votes in all (default ${count(defaultInput.votes)})
  --request-ms N     how long a vote holds its environment (default ${defaultInput.requestMs})
  --request-bytes N  a vote's request, headers included (default ${count(defaultInput.requestBytes)})
  --record-bytes N   a vote's record in the stream (default ${defaultInput.recordBytes})
  --cpu-micros N     CPU of a vote; npm run bench -- ingest measures it (default ${defaultInput.cpuMicrosAlone} with a
                     put of its own, ${defaultInput.cpuMicrosGrouped} where puts are shared, on Managed Instances)
  --rows N           votes a second that the database records (default ${count(defaultInput.rowsPerSecond)})
  --open-hours N     how long the polls are open (default ${defaultInput.openHours})
  --compute KIND     what ingest runs on: ${computes.join(' or ')} (default ${defaultInput.compute})
  --json             one JSON object
  --help             this

Ends with 0; with 1 for nonsense, and for a plan that fails as it stands (it says why).
`;

const optionTypes = {
  rps: { type: 'string' },
  votes: { type: 'string' },
  'request-ms': { type: 'string' },
  'request-bytes': { type: 'string' },
  'record-bytes': { type: 'string' },
  'cpu-micros': { type: 'string' },
  rows: { type: 'string' },
  'open-hours': { type: 'string' },
  compute: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Reads the command line. Pure. @throws CapacityError, one line */
export function parseCapacityCommand(args: readonly string[]): CapacityCommand {
  const values = parseStrictly(args);
  if (values.help === true) return { kind: 'help' };
  const number = (name: NumberOption): number | undefined => {
    const text = values[name];
    return text === undefined ? undefined : parseNumber(name, text);
  };
  const votesPerSecond = number('rps');
  if (votesPerSecond === undefined) throw new CapacityError('--rps is missing: votes a second at the peak');
  const compute = parseCompute(values.compute);
  const cpuMicros = number('cpu-micros');
  const given = {
    compute,
    votes: number('votes'),
    requestMs: number('request-ms'),
    requestBytes: number('request-bytes'),
    recordBytes: number('record-bytes'),
    [compute === 'managed' ? 'cpuMicrosGrouped' : 'cpuMicrosAlone']: cpuMicros,
    rowsPerSecond: number('rows'),
    openHours: number('open-hours'),
  };
  const asked = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { kind: 'plan', json: values.json === true, asked: { ...asked, votesPerSecond } };
}

type NumberOption = Exclude<keyof typeof optionTypes, 'compute' | 'json' | 'help'>;

function parseStrictly(args: readonly string[]) {
  // Node takes it for an option and says that something is ambiguous.
  const negative = args.find((arg) => /^-[\d.]/.test(arg));
  if (negative !== undefined) throw new CapacityError(`${JSON.stringify(negative)} is not a number above 0`);
  try {
    return parseArgs({ args: [...args], options: optionTypes, strict: true }).values;
  } catch (cause) {
    // The rest of the message is about how to escape things, which nobody asked for.
    const [first = 'unreadable'] = (cause instanceof Error ? cause.message : String(cause)).split(/\.\s|\n/);
    throw new CapacityError(first.replace(/\.$/, ''), { cause });
  }
}

/** Thousands may be set off by commas. Whether the number makes sense is for the plan to say. */
function parseNumber(name: NumberOption, text: string): number {
  if (/^(\d{1,15}|\d{1,3}(,\d{3}){1,4})(\.\d{1,6})?$/.test(text)) return Number(text.replaceAll(',', ''));
  throw new CapacityError(`--${name}: ${JSON.stringify(text)} is not a number above 0`);
}

function parseCompute(text: string | undefined): Compute {
  const compute = computes.find((one) => one === (text ?? defaultInput.compute));
  if (compute === undefined) throw new CapacityError(`--compute: ${text} is not ${computes.join(' or ')}`);
  return compute;
}
