import { statSync } from 'node:fs';
import { createCodeHasher } from '../../functions/adapters/access-code.ts';
import { importRoll, RollError } from '../../functions/adapters/postgres/import-roll.ts';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { parseElection } from '../../functions/core/election.ts';
import { AdminError } from './admin-error.ts';
import {
  drawBar,
  endProgress,
  type Outcome,
  officeOptions,
  officeOptionsHelp,
  openOffice,
  parseCommand,
  runCommand,
  showProgress,
} from './command-line.ts';
import type { Office } from './office.ts';
import { needPublished } from './publish.ts';
import { readRoll } from './read-roll.ts';

const help = `Puts voters on the roll of an election.

  npm run roll -- import FILE.csv --election ID
  npm run roll -- count --election ID

FILE.csv has a header and a line a voter:

  roll_number,region,access_code,oidc_subject
  A-100017,alder,K7QH-9WXE-2MPR-4,
  A-100018,alder,,248289761001

of the last two one at least; with several identity providers a column oidc_issuer says whose subject it is. All of the
file is imported or, if any line is wrong, nothing. Importing it again changes nothing; a later file adds voters. A voter who
is on the roll otherwise is a mistake, unless --replace says that the file is right: a new code for a card that was lost.
Codes are kept as hashes: of "random" codes (64 bits and more) a keyed one, of "chosen" ones a slow one (about 25 a second a
core). The roll is a database of its own: its owners see no votes, and those of the votes see no voters.

  --election ID       whose roll
  --replace           codes and identities in the file take the place of those on the roll; regions never change
${officeOptionsHelp}`;

const options = {
  ...officeOptions,
  election: { type: 'string' },
  replace: { type: 'boolean', default: false },
} as const;
/** A roll of 300 million takes hours. */
const answerMsMax = 12 * 60 * 60 * 1000;

/** `npm run roll`. */
export async function runRollCommand(args: readonly string[]): Promise<void> {
  await runCommand('roll', args.includes('--json'), async () => {
    const { values, positionals } = parseCommand(args, options);
    const [verb, file] = positionals;
    if (values.help || verb === undefined)
      return { text: help, json: { help }, exitCode: values.help ? 0 : 1 };
    if (verb !== 'import' && verb !== 'count')
      throw new AdminError(`there is no ${verb}: import, count (--help)`);
    if (values.election === undefined) throw new AdminError('--election is missing');
    const office = await openOffice(values);
    try {
      if (verb === 'count') return await countRoll(office, values.election);
      if (file === undefined) throw new AdminError('FILE.csv is missing (--help)');
      return await importFile(office, values.election, file, values.replace);
    } finally {
      office.close();
    }
  });
}

async function importFile(
  office: Office,
  electionId: string,
  file: string,
  replace: boolean,
): Promise<Outcome> {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw new AdminError(`there is no file ${file}`);
  const { definition } = await needPublished(office, electionId);
  const parsed = parseElection(definition);
  if (!parsed.ok) throw new AdminError(`${electionId} as it is published cannot be used`);
  const key = await office.secrets.read(office.names.accessCodeKey);
  if (key === null)
    throw new AdminError('there is no key that access codes are hashed with: is the issuer set up?');
  const beganMs = performance.now();
  try {
    const report = await withRegistrar(office, (client) =>
      importRoll(
        client,
        definition.election,
        readRoll({
          file,
          election: parsed.election,
          codes: createCodeHasher(Buffer.from(key.trim(), 'base64')),
          onProgress: (bytes, lines) =>
            showProgress(drawBar(bytes, size, `${lines.toLocaleString('en')} lines`)),
        }),
        { replace },
      ),
    );
    const seconds = (performance.now() - beganMs) / 1000;
    // After the commit: what is noted has happened. A command that dies in between is run again, and notes it then.
    await office.trail.append({
      action: 'roll.imported',
      election: definition.election,
      details: { ...report },
    });
    const replaced = report.replaced === 0 ? '' : `, ${report.replaced.toLocaleString('en')} replaced`;
    const text = `${report.added.toLocaleString('en')} voters put on the roll of ${electionId}${replaced}, ${report.known.toLocaleString('en')} were on it (${seconds.toFixed(1)} s)\n`;
    return { text, json: { election: electionId, ...report, seconds } };
  } catch (error) {
    if (error instanceof RollError)
      throw new AdminError('nothing was imported', error.mistakes, { cause: error });
    throw error;
  } finally {
    endProgress();
  }
}

async function countRoll(office: Office, electionId: string): Promise<Outcome> {
  const rows = await withRegistrar(office, async (client) => {
    const found = await client.query<{ region: string; voters: string; passes_issued: string }>(
      'select region, voters, passes_issued from roll_count where election = $1 order by region',
      [electionId],
    );
    return found.rows;
  });
  if (rows.length === 0)
    throw new AdminError(`nobody is on a roll of ${electionId} (npm run roll -- import)`);
  const regions = rows.map(({ region, voters, passes_issued }) => ({
    region,
    voters: Number(voters),
    passesIssued: Number(passes_issued),
  }));
  const sum = (of: 'voters' | 'passesIssued') => regions.reduce((total, region) => total + region[of], 0);
  const json = { election: electionId, voters: sum('voters'), passesIssued: sum('passesIssued'), regions };
  const describe = (name: string, { voters, passesIssued }: { voters: number; passesIssued: number }) =>
    `${name}: ${voters.toLocaleString('en')} voters on the roll, ${passesIssued.toLocaleString('en')} passes issued\n`;
  const parts = regions.map((region) => describe(`  ${region.region}`, region));
  return { text: [describe(electionId, json), ...parts].join(''), json };
}

type Client = Parameters<typeof importRoll>[0];

async function withRegistrar<Result>(
  office: Office,
  run: (client: Client) => Promise<Result>,
): Promise<Result> {
  const url = office.rollUrl('registrar');
  if (url === null) throw new AdminError('the database is not known: say --database-url');
  const pool = createPool({ url, connectionsMax: 1, applicationName: 'ballotstream-roll', answerMsMax });
  try {
    const client = await pool.connect();
    // A connection that breaks fails the query under way; without a listener it would end the process.
    client.on('error', () => {});
    try {
      return await run(client);
    } finally {
      client.release();
    }
  } finally {
    await pool.end();
  }
}
