import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deriveVoterKey, formatPass, receiptIdOf } from '../../functions/core/pass.ts';
import { hashBlinded } from '../../functions/core/pass-issue.ts';
import { buildDemoVote } from '../../lib/local/demo.ts';
import { type DemoVoter, enrolDemoVoters } from '../../lib/local/demo-voters.ts';
import { type Pipeline, startPipeline } from '../../lib/local/pipeline.ts';
import { ask, blind, byCode, suite } from '../support/issuer.ts';
import { makeDirectory } from '../support/local-services.ts';

/** What one voter's device, and nobody else, knows to belong together. */
interface Voted {
  readonly voter: DemoVoter;
  readonly blinded: Buffer;
  readonly pass: string;
  readonly serial: Buffer;
  readonly voterKey: string;
  readonly receiptId: string;
}

type Row = Record<string, unknown>;

const directory = makeDirectory();
let pipeline: Pipeline;
let voted: Voted[];
let roll: Row[];
let votes: Row[];

beforeAll(async () => {
  pipeline = await startPipeline({ dataDir: join(directory.path, 'data'), port: 0, durable: false });
  const voters = await enrolDemoVoters(pipeline);
  voted = [];
  // Each gets a pass and votes at once, one after the other: nothing is easier to put in order.
  for (const voter of voters.slice(0, 8)) voted.push(await vote(voter));
  expect(await pipeline.drained()).toBe(true);
  roll = await readEverything(pipeline.rollUrlFor());
  votes = await readEverything(pipeline.superuserUrl);
}, 120_000);
afterAll(async () => {
  await pipeline.abort();
  directory.remove();
});

async function post(path: string, body: unknown): Promise<{ status: number; json: Row }> {
  const response = await fetch(`${pipeline.endpoint}/v1/elections/demo/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: (await response.json()) as Row };
}

async function vote(voter: DemoVoter): Promise<Voted> {
  const key = pipeline.demo.keys.find(({ region }) => region === voter.region);
  if (key === undefined) throw new Error(`no key of ${voter.region}`);
  const request = await blind(key);
  const { rollNumber, accessCode } = voter;
  const issued = await post('passes', ask(request, byCode({ rollNumber, accessCode })));
  expect(issued.status).toBe(200);
  const signed = Buffer.from(String(issued.json['blindSignature']), 'base64url');
  const signature = Buffer.from(
    await suite.finalize(request.publicKey, request.message, signed, request.inv),
  );
  const pass = { keyId: request.keyId, message: Buffer.from(request.message), signature };
  const ballotId = randomUUID();
  const demoVote = {
    ...buildDemoVote(pipeline.demo),
    region: voter.region,
    ballotId,
    pass: formatPass(pass),
  };
  const accepted = await post('votes', demoVote);
  expect(accepted).toMatchObject({ status: 202 });
  const voterKey = deriveVoterKey('demo' as never, pass);
  return {
    voter,
    blinded: request.blinded,
    pass: formatPass(pass),
    serial: pass.message,
    voterKey,
    receiptId: receiptIdOf(voterKey, ballotId as never),
  };
}

/** Every row of every table of ours, with what the server itself keeps of it: its transaction and its place. */
async function readEverything(superuserUrl: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema|drizzle)'`,
    );
    const everything: Row[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query(
        `select '${name}' as "table", xmin::text as xmin, ctid::text as ctid, t.* from ${name} t`,
      );
      everything.push(...rows);
    }
    return everything;
  } finally {
    await client.end();
  }
}

interface Value {
  readonly where: string;
  /** As it is, and as it is compared: without hyphens, in lower case; bytes in hexadecimal. */
  readonly text: string;
  readonly plain: string;
}

/** What could be recognised: texts and bytes, also inside of lists. Numbers, days and places on the ballot are everybody's. */
function valuesOf(rows: readonly Row[]): Value[] {
  const values = new Map<string, Value>();
  const add = (value: unknown, where: string): void => {
    if (Array.isArray(value)) for (const one of value) add(one, where);
    const text = Buffer.isBuffer(value) ? value.toString('hex') : value;
    if (typeof text === 'string')
      values.set(text, { where, text, plain: text.replaceAll('-', '').toLowerCase() });
  };
  for (const { table, xmin: _xmin, ctid: _ctid, ...columns } of rows)
    for (const [column, value] of Object.entries(columns)) add(value, `${String(table)}.${column}`);
  return [...values.values()];
}

/** What is on every ballot and in every definition says nothing about anybody. */
function isPublic(value: string): boolean {
  const { election, regions } = pipeline.demo.definition;
  const known: readonly string[] = [election, ...regions.map(({ id }) => id)];
  return value.length < 4 || known.includes(value);
}

const digests = ['md5', 'sha1', 'sha256', 'sha384'];
/** Of its characters, and of its bytes where it is hexadecimal; their first 16 bytes, which is what keys are made of. */
function hashesOf({ text, plain }: Value): string[] {
  const bytes = /^([0-9a-f]{2})+$/.test(plain) ? [Buffer.from(plain, 'hex')] : [];
  const texts = [text, plain].map((one) => Buffer.from(one));
  return [...bytes, ...texts].flatMap((input) =>
    digests.map((name) => createHash(name).update(input).digest('hex').slice(0, 32)),
  );
}

/** Columns of the one and of the other that say something of the same person. */
function findTies(rollRows: readonly Row[], voteRows: readonly Row[]): string[] {
  const prepare = (rows: readonly Row[]) =>
    valuesOf(rows)
      .filter(({ plain }) => !isPublic(plain))
      .map((value) => ({ ...value, hashes: hashesOf(value) }));
  const ofVotes = prepare(voteRows);
  const ties = prepare(rollRows).flatMap((one) =>
    ofVotes
      .filter(
        (other) =>
          one.plain.includes(other.plain) ||
          other.plain.includes(one.plain) ||
          one.hashes.includes(other.plain.slice(0, 32)) ||
          other.hashes.includes(one.plain.slice(0, 32)),
      )
      .map((other) => `${one.where} and ${other.where}`),
  );
  return [...new Set(ties)];
}

describe('what the voter roll and the votes keep, after voters got their passes and voted', () => {
  it('is all there to be searched: what a voter’s device knows is found on its own side', () => {
    const [ofRoll, ofVotes] = [roll, votes].map((rows) => valuesOf(rows).map(({ plain }) => plain));
    for (const { voter, blinded, voterKey } of voted) {
      expect(ofRoll).toContain(voter.rollNumber.replaceAll('-', '').toLowerCase());
      expect(ofRoll).toContain(hashBlinded(blinded).toString('hex'));
      expect(ofVotes).toContain(voterKey.replaceAll('-', ''));
    }
    expect(votes.filter(({ table }) => /^ballot_\d{8}_/.test(String(table)))).toHaveLength(voted.length);
  });

  it('has no value in common, nor one inside of another, nor one that is the hash of another', () => {
    expect(findTies(roll, votes)).toEqual([]);
  });

  it('would have been found to, in any of these ways', () => {
    const [one] = voted;
    if (one === undefined) throw new Error('nobody voted');
    const key = Buffer.from(one.voterKey.replaceAll('-', ''), 'hex');
    const planted: readonly (readonly [Row[], Row[]])[] = [
      [[...roll, { table: 'planted', key: one.voterKey }], votes],
      [[...roll, { table: 'planted', key }], votes],
      [[...roll, { table: 'planted', key: createHash('sha256').update(key).digest() }], votes],
      [roll, [...votes, { table: 'planted', note: `from ${one.voter.rollNumber}` }]],
      [
        roll,
        [
          ...votes,
          { table: 'planted', list: ['', createHash('md5').update(one.voter.rollNumber).digest('hex')] },
        ],
      ],
    ];
    for (const [rollRows, voteRows] of planted) expect(findTies(rollRows, voteRows)).not.toEqual([]);
  });

  it('is on two servers, whose transaction numbers put nothing of the one before anything of the other', async () => {
    const identities = await Promise.all(
      [pipeline.rollUrlFor(), pipeline.superuserUrl].map(async (url) => {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        const { rows } = await client.query('select system_identifier::text as id from pg_control_system()');
        await client.end();
        return String(rows[0].id);
      }),
    );
    expect(new Set(identities).size).toBe(2);
  });

  it('says on the roll’s side on which day a pass was issued, and no moment', () => {
    const moments = roll.flatMap(({ xmin: _xmin, ctid: _ctid, ...row }) =>
      Object.entries(row)
        // A day comes as its midnight.
        .filter(([, value]) => value instanceof Date && value.getTime() % 60_000 !== 0)
        .map(([column]) => `${String(row['table'])}.${column}`),
    );
    expect(moments).toEqual([]);
    expect(roll.filter(({ table }) => table === 'identity_attempt')).toEqual([]);
    expect(roll.filter(({ table }) => /^pass_issued/.test(String(table)))).toHaveLength(voted.length);
  });

  it('cannot be looked at together by whoever may replicate the votes', async () => {
    const counter = new pg.Client({ connectionString: pipeline.databaseUrlFor('counter') });
    await counter.connect();
    for (const table of ['voter_roll', 'pass_issued'])
      await expect(counter.query(`select 1 from ${table}`)).rejects.toThrow('does not exist');
    await counter.end();
    const url = new URL(pipeline.databaseUrlFor('counter'));
    url.host = new URL(pipeline.rollUrlFor()).host;
    url.pathname = '/roll';
    const stranger = new pg.Client({ connectionString: url.href });
    await expect(stranger.connect()).rejects.toThrow('password authentication failed');
  });

  it('is no name, code, pass or key in any log', () => {
    const logs = join(pipeline.dataDir, 'logs');
    const files = [
      ...readdirSync(logs).map((name) => join(logs, name)),
      ...['postgres', 'roll'].map((name) => join(pipeline.dataDir, name, 'postgres.log')),
    ];
    const text = files.map((file) => readFileSync(file, 'utf8')).join('\n');
    expect(text).toContain('pass.issued');
    const secrets = voted.flatMap(({ voter, blinded, pass, serial, voterKey, receiptId }) => [
      voter.rollNumber,
      voter.accessCode,
      voter.accessCode.replaceAll('-', ''),
      blinded.toString('base64url'),
      blinded.toString('hex'),
      ...pass.split('.').slice(1),
      serial.subarray(32).toString('hex'),
      voterKey,
      voterKey.replaceAll('-', ''),
      receiptId,
    ]);
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  });
});
