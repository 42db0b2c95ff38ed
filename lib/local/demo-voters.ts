import { createHmac, randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { normaliseCode } from '../../functions/core/voter-roll.ts';
import { issuerSecretsOf } from './issuer-secrets.ts';
import type { Pipeline } from './pipeline.ts';
import { replaceFile } from './replace-file.ts';

/** Somebody who can try the ballot page. */
export type DemoVoter = {
  readonly region: string;
  readonly rollNumber: string;
  readonly accessCode: string;
};

/** Voters of each region that have no pass yet. */
const freshPerRegion = 4;
/** Crockford's letters and digits without those that look alike; 16 of them are 80 bits. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const codeChars = 16;
export const demoVotersName = 'demo-voters.json';

/**
 * Puts voters on the roll of the demo election, so that there is always somebody who has not voted.
 *
 * @returns those without a pass, region by region
 */
export async function enrolDemoVoters({
  rollUrlFor,
  demo,
  dataDir,
}: Pick<Pipeline, 'rollUrlFor' | 'demo' | 'dataDir'>): Promise<readonly DemoVoter[]> {
  const { definition } = demo;
  // Their codes, mode 600: the database has hashes only.
  const file = join(dataDir, demoVotersName);
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly DemoVoter[]) : [];
  const client = new pg.Client({ connectionString: rollUrlFor() });
  await client.connect();
  try {
    const electionNo = await numberElection(client, definition.election);
    const { rows } = await client.query<{ roll_number: string }>(
      'select roll_number from pass_issued where election_no = $1',
      [electionNo],
    );
    const hasPass = new Set(rows.map((row) => row.roll_number));
    const fresh = definition.regions.flatMap(({ id }, index) => {
      const ofRegion = known.filter(({ region }) => region === id);
      const left = ofRegion.filter(({ rollNumber }) => !hasPass.has(rollNumber));
      const missing = Math.max(0, freshPerRegion - left.length);
      const prefix = `${String.fromCharCode(65 + index)}-${1001 + ofRegion.length}`;
      return [...left, ...Array.from({ length: missing }, (_, n) => drawVoter(id, prefix, n))];
    });
    // First the codes, then the roll: a voter whose code nobody knows is of no use.
    const all = new Map([...known, ...fresh].map((voter) => [voter.rollNumber, voter]));
    replaceFile(file, `${JSON.stringify([...all.values()], null, 2)}\n`);
    const key = Buffer.from(
      readFileSync(issuerSecretsOf(dataDir).accessCodeKeyFile, 'utf8').trim(),
      'base64',
    );
    await client.query(
      `insert into voter_roll (election_no, roll_number, region, code_hash)
       select $1, v.roll_number, v.region, v.code_hash
       from unnest($2::text[], $3::text[], $4::bytea[]) as v (roll_number, region, code_hash)
       on conflict do nothing`,
      [
        electionNo,
        fresh.map(({ rollNumber }) => rollNumber),
        fresh.map(({ region }) => region),
        fresh.map((voter) => hashCode(key, definition.election, voter)),
      ],
    );
    return fresh;
  } finally {
    await client.end();
  }
}

function drawVoter(region: string, firstNumber: string, n: number): DemoVoter {
  const [letter, number] = firstNumber.split('-');
  const characters = Array.from({ length: codeChars }, () => alphabet[randomInt(alphabet.length)]).join('');
  return {
    region,
    rollNumber: `${letter}-${Number(number) + n}`,
    accessCode: characters.replaceAll(/(.{4})(?=.)/g, '$1-'),
  };
}

/** A random code as functions/adapters/access-code.ts keeps it: one byte for the kind, then the HMAC. */
function hashCode(key: Buffer, election: string, { rollNumber, accessCode }: DemoVoter): Buffer {
  const owner = `${election}/${rollNumber}`;
  const text = `ballotstream/access-code/v1\0${owner}\0${normaliseCode(accessCode)}`;
  return Buffer.concat([Buffer.from([1]), createHmac('sha256', key).update(text).digest()]);
}

async function numberElection(client: pg.Client, election: string): Promise<number> {
  await client.query('insert into election (election) values ($1) on conflict do nothing', [election]);
  const { rows } = await client.query<{ election_no: number }>(
    'select election_no from election where election = $1',
    [election],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`election ${election} was just inserted, and is not there`);
  return row.election_no;
}
