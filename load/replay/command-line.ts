import { parseArgs } from 'node:util';
import { parse as parseCsv } from 'csv-parse/sync';
import { type Endpoint, parseEndpoint } from '../http/request-text.ts';
import { parseRegionPattern } from './place-regions.ts';
import { ReplayError } from './replay-error.ts';

export interface ReplayOptions {
  readonly file: string;
  /** Ballots to cast; null: all. */
  readonly limit: number | null;
  /** Requests a second in an open model; null: a closed loop. */
  readonly ratePerSecond: number | null;
  readonly duplicatesPercent: number;
  readonly retriesPercent: number;
  /** Null: all. */
  readonly offices: readonly string[] | null;
  /** Voters whose passes the running issuer signs; the others' are minted here. */
  readonly issue: number;
  readonly regionPattern: RegExp | null;
  readonly voteFor: ReadonlyMap<string, number>;
  readonly seed: number;
  readonly connections: number;
  /** Null: start a pipeline. */
  readonly endpoint: Endpoint | null;
  /** Null: a temporary one. */
  readonly dataDir: string | null;
  readonly json: boolean;
}

export const helpText = `Replays a real election: casts every ballot of a precinct-level results file over
HTTP, waits until all are counted, and compares every count with the file.

  npm run replay -- FILE.csv [options]

FILE.csv is a file in the form of the OpenElections project (https://openelections.net):
one line for each candidate in each precinct, with columns for precinct, office,
candidate and votes, in any order; county, district and party where it has them.

  --limit N              cast only N ballots, drawn from all precincts
  --rate R               R requests a second whatever happens (open model: latency counts
                         from when a request should have gone out). Without it each
                         connection waits for its answer (closed loop), and no ballot is
                         cast while an accepted one has waited a second for its record
  --duplicates PCT       for PCT percent of the passes a second, different ballot
  --retries PCT          send PCT percent of the ballots' requests a second time
  --issue N              N voters are put on the roll and have their passes signed blindly by
                         the running issuer; the others' passes are minted here
  --offices LIST         only these offices: --offices "President,U.S. Senate"
  --region-pattern REGEX region of a precinct, where the file has no county column: what
                         the first group finds in the precinct's name
  --vote-for OFFICE=N    up to N choices in the contests of an office (default 1); may be
                         given more than once
  --seed N               how votes are dealt over ballots and mixed (default 1)
  --connections N        at most so many connections (default 64)
  --endpoint URL         cast against a running npm start -- --no-limits; needs its --data-dir,
                         where the election is published
  --data-dir DIR         keep the pipeline's data here (default: a temporary directory)
  --json                 the last line of the output is one JSON object
  --help

  npm run replay -- load/sample/three-counties.csv
  npm run replay -- ri.csv --region-pattern "^(.+?) (?:\\d|Limited|Presidential|Precinct)"
  npm run replay -- ri.csv --limit 20000 --rate 2000 --duplicates 1 --retries 2

Ends with 0 only if every count is equal to the file's and accepted = recorded +
duplicate + quarantined; 1 if not, or if it could not run; 2 for a wrong command line.
`;

const optionTypes = {
  limit: { type: 'string' },
  rate: { type: 'string' },
  duplicates: { type: 'string' },
  retries: { type: 'string' },
  issue: { type: 'string' },
  offices: { type: 'string' },
  'region-pattern': { type: 'string' },
  'vote-for': { type: 'string', multiple: true },
  seed: { type: 'string' },
  connections: { type: 'string' },
  endpoint: { type: 'string' },
  'data-dir': { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * Reads the command line.
 * @returns null when help is asked for
 * @throws ReplayError `usage`, naming the option
 */
export function parseCommandLine(args: readonly string[]): ReplayOptions | null {
  const { values, positionals } = parseStrictly(args);
  if (values.help === true) return null;
  const [file, ...rest] = positionals;
  if (file === undefined)
    throw new ReplayError('usage', 'name a results file: npm run replay -- FILE.csv (or --help)');
  if (rest.length > 0)
    throw new ReplayError('usage', `one results file at a time, not also ${rest.join(' ')}`);
  const number = (name: keyof typeof optionTypes, range: NumberRange): number | null => {
    const text = values[name];
    return typeof text === 'string' ? parseNumber(name, text, range) : null;
  };
  return {
    file,
    limit: number('limit', { min: 1, max: 1e9, isWhole: true }),
    ratePerSecond: number('rate', { min: 0.01, max: 1e6, isWhole: false }),
    duplicatesPercent: number('duplicates', percent) ?? 0,
    retriesPercent: number('retries', percent) ?? 0,
    issue: number('issue', { min: 0, max: 1e6, isWhole: true }) ?? 0,
    offices: values.offices === undefined ? null : parseList('offices', values.offices),
    regionPattern:
      values['region-pattern'] === undefined ? null : parseRegionPattern(values['region-pattern']),
    voteFor: new Map((values['vote-for'] ?? []).map(parseVoteFor)),
    seed: number('seed', { min: 0, max: 2 ** 32 - 1, isWhole: true }) ?? 1,
    connections: number('connections', { min: 1, max: 4_096, isWhole: true }) ?? 64,
    endpoint: values.endpoint === undefined ? null : requireEndpoint(values.endpoint),
    dataDir: values['data-dir'] ?? null,
    json: values.json === true,
  };
}

function parseStrictly(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: optionTypes, allowPositionals: true, strict: true });
  } catch (cause) {
    // The rest of the message is about how to escape things, which nobody asked for.
    const [first = 'unreadable'] = (cause instanceof Error ? cause.message : String(cause)).split(/\.\s|\n/);
    throw new ReplayError('usage', `${first.replace(/\.$/, '')} (--help lists the options)`, { cause });
  }
}

interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly isWhole: boolean;
}

const percent: NumberRange = { min: 0, max: 100, isWhole: false };

function parseNumber(name: string, text: string, { min, max, isWhole }: NumberRange): number {
  const shape = isWhole ? /^\d{1,12}$/ : /^\d{1,12}(?:\.\d{1,6})?%?$/;
  const number = shape.test(text) ? Number(text.replace('%', '')) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new ReplayError(
    'usage',
    `--${name}: ${JSON.stringify(text)} is not a ${isWhole ? 'whole number' : 'number'} from ${min} to ${max}`,
  );
}

/** Names with commas stand in quotes, as in a CSV file. */
function parseList(name: string, text: string): string[] {
  let cells: string[];
  try {
    cells = parseCsv(text, { relax_quotes: true, trim: true, to: 1 })[0] ?? [];
  } catch (cause) {
    throw new ReplayError('usage', `--${name}: ${text} is no list of names with commas between`, { cause });
  }
  const names = cells.filter((cell) => cell !== '');
  if (names.length === 0) throw new ReplayError('usage', `--${name}: names nothing`);
  return names;
}

function parseVoteFor(text: string): [string, number] {
  const [, office, marks] = /^(.+)=([^=]*)$/.exec(text) ?? [];
  if (office === undefined || marks === undefined)
    throw new ReplayError(
      'usage',
      `--vote-for: ${text} is not OFFICE=N, as in --vote-for "School Committee=3"`,
    );
  return [office.trim(), parseNumber('vote-for', marks.trim(), { min: 1, max: 500, isWhole: true })];
}

function requireEndpoint(text: string): Endpoint {
  const endpoint = parseEndpoint(text);
  if (endpoint === null)
    throw new ReplayError('usage', `--endpoint: ${text} is no address like http://127.0.0.1:8080`);
  return endpoint;
}
