import { parseArgs } from 'node:util';

export type StartOptions = {
  readonly port: number;
  readonly dataDir: string;
  readonly fresh: boolean;
  readonly standby: boolean;
  /** One address may ask only as much as at the edge. */
  readonly limits: boolean;
  readonly json: boolean;
};

export type ParsedStart =
  | { readonly kind: 'start'; readonly options: StartOptions }
  | { readonly kind: 'help' }
  /** One line. */
  | { readonly kind: 'mistake'; readonly message: string };

export const startHelp = `Runs the whole vote pipeline on this machine, with a demo election.

  npm start -- [options]

  --port N        port of the HTTP front on 127.0.0.1; 0 takes any free one (default 8787)
  --data-dir DIR  where everything is kept between starts (default .data)
  --fresh         remove everything in the data directory first
  --standby       a second PostgreSQL that follows the first, takes over when it dies, and serves reads
  --no-limits     one address may ask as much as it likes: for a replay against this pipeline
  --json          print one line of JSON instead of text when it is ready
  --help          this

Ctrl-C takes no more votes, records what was accepted, then stops; a second Ctrl-C stops at once.
Either way the next start goes on where this one ended.
`;

/** Reads the command line of `npm start`. Pure. */
export function parseStartOptions(args: readonly string[], defaultDataDir: string): ParsedStart {
  let values: ReturnType<typeof parse>['values'];
  try {
    ({ values } = parse(args));
  } catch (error) {
    // Node's message goes on for several sentences; the first one says what is wrong.
    const first = error instanceof Error ? error.message.split(/\. |\n/)[0] : String(error);
    return { kind: 'mistake', message: `${first}; --help lists the options` };
  }
  if (values.help === true) return { kind: 'help' };
  const port = values.port === undefined ? 8787 : Number(values.port);
  if (!/^\d+$/.test(values.port ?? '0') || port > 65_535) {
    return { kind: 'mistake', message: `--port takes a number from 0 to 65535, not "${values.port}"` };
  }
  if (values['data-dir'] === '') return { kind: 'mistake', message: '--data-dir takes a directory' };
  return {
    kind: 'start',
    options: {
      port,
      dataDir: values['data-dir'] ?? defaultDataDir,
      fresh: values.fresh === true,
      standby: values.standby === true,
      limits: values['no-limits'] !== true,
      json: values.json === true,
    },
  };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    strict: true,
    allowPositionals: false,
    options: {
      port: { type: 'string' },
      'data-dir': { type: 'string' },
      fresh: { type: 'boolean' },
      standby: { type: 'boolean' },
      'no-limits': { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}
