import { randomBytes, randomUUID, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import { formatPass } from '../../functions/core/pass.ts';
import { definitionBucketName, localCredentials, localRegion } from '../../lib/local/local-account.ts';
import type { Definition } from '../../schema/wire/definition.ts';
import { suite } from './issuer.ts';
import type { TestKiosk } from './kiosk.ts';
import { type RunningPipeline, runBin } from './running.ts';

/** The API of one election, as voters and kiosks have it. */
export interface ElectionClient {
  definition(): Promise<Definition>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** What a voter's device does: draws, blinds, asks, finalises. */
  getPass(
    rollNumber: string,
    accessCode: string,
  ): Promise<{ readonly status: number; readonly pass?: string; readonly problem?: string }>;
}

export function openElection(endpoint: string, id: string): ElectionClient {
  const address = `${endpoint}/v1/elections/${id}`;
  const definition = async () => (await (await fetch(address)).json()) as Definition;
  const post: ElectionClient['post'] = (path, body, headers = {}) =>
    fetch(`${address}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  return {
    definition,
    post,
    async getPass(rollNumber, accessCode) {
      const { spki, keyId } = (await definition()).regions[0]?.passKeys[0] ?? { spki: '', keyId: '' };
      const algorithm = { name: 'RSA-PSS', hash: 'SHA-384' };
      const der = Buffer.from(spki, 'base64');
      const publicKey = await crypto.subtle.importKey('spki', der, algorithm, true, ['verify']);
      const message = suite.prepare(randomBytes(32));
      const { blindedMsg, inv } = await suite.blind(publicKey, message);
      const response = await post('/passes', {
        version: 1,
        keyId,
        blindedMessage: Buffer.from(blindedMsg).toString('base64url'),
        proof: { type: 'access-code', rollNumber, accessCode },
      });
      if (response.status !== 200) {
        const { type } = (await response.json()) as { type: string };
        return { status: response.status, problem: type.split(':').at(-1) ?? type };
      }
      const { blindSignature } = (await response.json()) as { blindSignature: string };
      const blinded = Buffer.from(blindSignature, 'base64url');
      const signature = Buffer.from(await suite.finalize(publicKey, message, blinded, inv));
      return { status: 200, pass: formatPass({ keyId, message: Buffer.from(message), signature }) };
    },
  };
}

/** Of every voter of `openTown`. */
export const accessCode = 'K7QH-9WXE-2MPR-4';

/** An election that is made, published and open, with voters of these roll numbers, by commands. */
export async function openTown(
  pipeline: RunningPipeline,
  draft: string,
  id: string,
  voters: readonly string[],
): Promise<void> {
  const run = async (name: string, ...args: string[]) => {
    const { code, stderr } = await runBin(name, args);
    if (code !== 0) throw new Error(stderr);
  };
  const here = ['--data-dir', pipeline.dataDir, '--actor', 'the clerk'];
  await run('election', 'create', draft, '--id', id);
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const text = readFileSync(draft, 'utf8')
    .replace(/"opensAt": "[^"]*"/, `"opensAt": "${day(-1)}T07:00"`)
    .replace(/"closesAt": "[^"]*"/, `"closesAt": "${day(2)}T20:00"`);
  writeFileSync(draft, text);
  for (const verb of ['keys', 'publish']) await run('election', verb, draft, ...here);
  const roll = `${draft}.csv`;
  const lines = voters.map((number) => `${number},north,${accessCode}\n`);
  writeFileSync(roll, `roll_number,region,access_code\n${lines.join('')}`);
  await run('roll', 'import', roll, '--election', id, ...here);
}

/** A vote for mayor in the election of `election -- create`. */
export const mayorVote = (pass: string | undefined, more: Record<string, unknown> = {}) => ({
  version: 1,
  ballotId: randomUUID(),
  region: 'north',
  channel: 'browser',
  pass,
  selections: [{ contest: 'mayor', choices: ['ada'] }],
  ...more,
});

/** A kiosk's token of now. */
export function tokenOf(kiosk: TestKiosk, aud: string): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const iat = Math.floor(Date.now() / 1000) - 5;
  const header = { alg: 'ES256', typ: 'ballotstream-cast+jwt', kid: kiosk.id };
  const signed = `${encode(header)}.${encode({ aud, iat, exp: iat + 200 })}`;
  const signature = sign('sha256', Buffer.from(signed), { key: kiosk.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

/** The bucket of definitions of a running pipeline, as somebody writes it who has got in. */
export function openObjects(dataDir: string) {
  const running = JSON.parse(readFileSync(join(dataDir, 'endpoints.json'), 'utf8')) as {
    urls: { s3: string };
  };
  const s3 = new S3Client({
    endpoint: running.urls.s3,
    region: localRegion,
    credentials: localCredentials,
    forcePathStyle: true,
  });
  const place = (key: string) => ({ Bucket: definitionBucketName, Key: key });
  return {
    async get(key: string): Promise<string> {
      const { Body } = await s3.send(new GetObjectCommand(place(key)));
      return (await Body?.transformToString()) ?? '';
    },
    put: (key: string, text: string) => s3.send(new PutObjectCommand({ ...place(key), Body: text })),
    remove: (key: string) => s3.send(new DeleteObjectCommand(place(key))),
    close: () => s3.destroy(),
  };
}

/** What a superuser can do, and nobody else: with the triggers out of the way. */
export async function forceBallots(dataDir: string, statement: string): Promise<void> {
  const { superuserUrl } = JSON.parse(readFileSync(join(dataDir, 'endpoints.json'), 'utf8')) as {
    superuserUrl: string;
  };
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  await client.query("set session_replication_role = 'replica'");
  await client.query(statement);
  await client.end();
}
