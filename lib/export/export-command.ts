import {
  drawBar,
  endProgress,
  type Outcome,
  parseCommand,
  runCommand,
  showProgress,
} from '../admin/command-line.ts';
import { CountError } from '../count/count-error.ts';
import { findDatabase } from '../count/find-database.ts';
import { type ExportFormat, exportElection, exportFormats, type Manifest } from './export.ts';

const statuses = ['unofficial-partial', 'unofficial-complete', 'certified', 'recount', 'correction'] as const;

const help = `Writes an election into files that others read, from one snapshot, with a manifest of counts and SHA-256.

  npm run export -- --format FORMAT --election ID --out DIR [options]

  --format FORMAT           cvr      Cast Vote Records, NIST SP 1500-103, JSON, 100,000 ballots a file
                            results  Election Results Reporting, NIST SP 1500-100 version 2, JSON
                            csv      a line a ballot
                            parquet  a row a ballot
  --election ID             which election
  --out DIR                 made when missing; must be empty
  --min-station-ballots K   stations with fewer ballots of a style are shown together or not at all, and nothing beside them
                            tells how fewer than K were marked (1: all as they are)
  --status STATUS           results: ${statuses.join(', ')} (unofficial-partial)
  --issuer NAME             results: who publishes them (Ballotstream)
  --data-dir DIR            the pipeline that runs on this machine (.data)
  --database-url URL        instead: postgres://HOST:PORT/DATABASE, a reader will do; logs in as auditor
  --json                    the manifest, as one JSON object
  --help                    this

The same snapshot makes the same bytes: no file says when it was written. Ballots are ordered by their ids, which are
random; Cast Vote Records have no times. csv and parquet have the minute: they are for analysts, not for publication.
`;

const options = {
  format: { type: 'string' },
  election: { type: 'string' },
  out: { type: 'string' },
  'min-station-ballots': { type: 'string', default: '1' },
  status: { type: 'string', default: statuses[0] },
  issuer: { type: 'string', default: 'Ballotstream' },
  'data-dir': { type: 'string' },
  'database-url': { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const stationBallotsMax = 1_000_000;
const abbreviationCharsMax = 12;

/** `npm run export`. */
export async function runExportCommand(args: readonly string[]): Promise<void> {
  await runCommand('export', args.includes('--json'), async () => {
    const { values, positionals } = parseCommand(args, options);
    if (values.help) return { text: help, json: { help } };
    if (positionals[0] !== undefined) throw new TypeError(`what is ${positionals[0]}? (--help)`);
    const format = exportFormats.find((one) => one === values.format);
    if (format === undefined)
      throw new CountError('nonsense', `--format is one of ${exportFormats.join(', ')}`);
    if (values.election === undefined || values.out === undefined)
      throw new CountError('nonsense', '--election and --out are needed (--help)');
    if (!statuses.some((status) => status === values.status))
      throw new CountError('nonsense', `--status is one of ${statuses.join(', ')}`);
    const stationBallotsMin = Number(values['min-station-ballots']);
    if (
      !Number.isInteger(stationBallotsMin) ||
      stationBallotsMin < 1 ||
      stationBallotsMin > stationBallotsMax
    )
      throw new CountError(
        'nonsense',
        `--min-station-ballots: a whole number from 1 to ${stationBallotsMax}`,
      );
    const url = findDatabase(
      { dataDir: values['data-dir'], databaseUrl: values['database-url'] },
      'auditor',
      'reader',
    );
    const beganMs = performance.now();
    const manifest = await exportElection({
      url,
      election: values.election,
      format,
      directory: values.out,
      stationBallotsMin,
      header: {
        issuer: values.issuer,
        issuerAbbreviation: values.issuer.slice(0, abbreviationCharsMax),
        status: values.status,
      },
      onProgress: (done, of) => showProgress(drawBar(done, of, `${done.toLocaleString('en')} ballots`)),
    }).finally(endProgress);
    return describe(manifest, format, values.out, (performance.now() - beganMs) / 1000);
  });
}

function describe(manifest: Manifest, format: ExportFormat, directory: string, seconds: number): Outcome {
  const number = (value: number) => value.toLocaleString('en');
  const rows = manifest.files.reduce((sum, file) => sum + file.rows, 0);
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  const hidden =
    manifest.stationBallotsMin === 1
      ? ''
      : `, ${number(manifest.ballotsMerged)} ballots of small stations shown together, ${number(manifest.ballotsSuppressed)} left out`;
  const what = format === 'results' ? 'numbers' : 'ballots';
  return {
    text: `${number(rows)} ${what} in ${number(manifest.files.length)} files, ${number(bytes)} bytes, as of ${manifest.asOf}${hidden} (${seconds.toFixed(1)} s)\n${directory}/manifest.json has their SHA-256\n`,
    json: { ...manifest },
  };
}
