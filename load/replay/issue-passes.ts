import { spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RSABSSA } from '@cloudflare/blindrsa-ts';
import { layIssuerSecrets } from '../../lib/local/issuer-secrets.ts';
import { type PassResponse, passResponseSchema } from '../../schema/wire/passes.ts';
import { type PassFile, passEntryBytes, passMessageBytes } from './pass-file.ts';
import type { RegionKey } from './pass-keys.ts';
import { ReplayError } from './replay-error.ts';

export interface IssueOptions {
  /** `http://127.0.0.1:8787` */
  readonly origin: string;
  readonly election: string;
  /** Where the pipeline keeps its secrets; `npm run roll` is told of it. */
  readonly dataDir: string;
  /** For the roll. */
  readonly workDir: string;
  readonly voters: number;
  /** Passes in the file: the voters' are spread over it. */
  readonly passes: number;
  regionAt(place: number): { readonly no: number; readonly id: string };
  readonly keys: readonly RegionKey[];
  readonly regionIds: readonly string[];
  readonly file: PassFile;
  onIssued(issued: number): void;
  readonly signal: AbortSignal;
}

export interface Issued {
  readonly issued: number;
  /** Voters who asked for a second pass; every one of them has to be refused. */
  readonly askedTwice: number;
  readonly seconds: number;
}

interface Voter {
  readonly place: number;
  readonly region: { readonly no: number; readonly id: string };
  readonly rollNumber: string;
  readonly accessCode: string;
}

/** Blinding takes 20 ms of a core: a few at a time keep two cores busy. */
const atOnce = 4;
const requestMsMax = 15_000;
/** One voter in so many asks again, with another message. */
const askTwiceEvery = 10;
const codeAlphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const suite = RSABSSA.SHA384.PSS.Randomized();

/**
 * Puts voters on the roll with `npm run roll`, has each one's pass signed blindly by the running issuer as a voter's device
 * does, and puts the passes in place of minted ones.
 * @throws ReplayError `issuing` when a voter gets no pass, or a second one
 */
export async function issuePasses(options: IssueOptions): Promise<Issued> {
  const { dataDir, election, keys, regionIds, voters: count, passes, signal } = options;
  layIssuerSecrets(
    dataDir,
    election,
    keys.map(({ keyId, spki, privateKey }, no) => ({
      region: regionIds[no] ?? '',
      keyId,
      spki,
      privateKeyPem: toPem(privateKey),
    })),
  );
  const voters = Array.from({ length: Math.min(count, passes) }, (_, no): Voter => {
    const place = Math.floor((no * passes) / Math.min(count, passes));
    const accessCode = Array.from({ length: 13 }, () => codeAlphabet[randomInt(32)]).join('');
    return { place, region: options.regionAt(place), rollNumber: `R-${no + 1}`, accessCode };
  });
  await importRoll(options, voters);
  const publicKeys = await Promise.all(keys.map(importKey));
  const startMs = performance.now();
  const queue = [...voters.entries()];
  let issued = 0;
  let askedTwice = 0;
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      signal.throwIfAborted();
      const [no, voter] = next;
      const key = publicKeys[voter.region.no];
      if (key === undefined) throw new RangeError(`region ${voter.region.id} has no key`);
      options.file.write(voter.place, await getPass(options, voter, key));
      issued += 1;
      if (no % askTwiceEvery === 0) {
        await expectRefusal(options, voter, key);
        askedTwice += 1;
      }
      options.onIssued(issued);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return { issued, askedTwice, seconds: (performance.now() - startMs) / 1000 };
}

const toPem = (pkcs8: Buffer): string =>
  `-----BEGIN PRIVATE KEY-----\n${(pkcs8.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END PRIVATE KEY-----\n`;

const importKey = async ({ spki, keyId }: RegionKey) => ({
  keyId,
  key: await crypto.subtle.importKey(
    'spki',
    Buffer.from(spki, 'base64'),
    { name: 'RSA-PSS', hash: 'SHA-384' },
    true,
    ['verify'],
  ),
});
type IssuerKey = Awaited<ReturnType<typeof importKey>>;

async function importRoll({ workDir, dataDir, election, signal }: IssueOptions, voters: readonly Voter[]) {
  const file = join(workDir, 'roll.csv');
  const lines = voters.map(
    ({ rollNumber, region, accessCode }) => `${rollNumber},${region.id},${accessCode}\n`,
  );
  writeFileSync(file, `roll_number,region,access_code\n${lines.join('')}`, { mode: 0o600 });
  try {
    const { code, stderr } = await runRoll(
      ['import', file, '--election', election, '--data-dir', dataDir],
      signal,
    );
    if (code !== 0)
      throw new ReplayError('issuing', `the voters cannot be put on the roll: ${stderr.trim()}`);
  } finally {
    rmSync(file, { force: true });
  }
}

function runRoll(
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const command = fileURLToPath(new URL('../../bin/roll.ts', import.meta.url));
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'ignore', 'pipe'], signal });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stderr }));
  });
}

/** What a voter's device does: draws, blinds, asks, finalises, which verifies too. */
async function getPass(options: IssueOptions, voter: Voter, key: IssuerKey): Promise<Uint8Array> {
  const message = suite.prepare(randomBytes(32));
  const { blindedMsg, inv } = await suite.blind(key.key, message);
  const { status, body } = await askIssuer(options, voter, key, blindedMsg);
  if (status !== 200)
    throw new ReplayError('issuing', `voter ${voter.rollNumber} gets no pass: status ${status}`);
  const { blindSignature }: PassResponse = passResponseSchema.parse(body);
  const signature = await suite.finalize(key.key, message, Buffer.from(blindSignature, 'base64url'), inv);
  const entry = new Uint8Array(passEntryBytes);
  entry.set(message);
  entry.set(signature, passMessageBytes);
  return entry;
}

async function expectRefusal(options: IssueOptions, voter: Voter, key: IssuerKey): Promise<void> {
  const { blindedMsg } = await suite.blind(key.key, suite.prepare(randomBytes(32)));
  const { status } = await askIssuer(options, voter, key, blindedMsg);
  if (status !== 409)
    throw new ReplayError(
      'issuing',
      `voter ${voter.rollNumber} asked for a second pass: status ${status}, not 409`,
    );
}

async function askIssuer(
  { origin, election, signal }: IssueOptions,
  { rollNumber, accessCode }: Voter,
  { keyId }: IssuerKey,
  blinded: Uint8Array,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(`${origin}/v1/elections/${election}/passes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      version: 1,
      keyId,
      blindedMessage: Buffer.from(blinded).toString('base64url'),
      proof: { type: 'access-code', rollNumber, accessCode },
    }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(requestMsMax)]),
  });
  return { status: response.status, body: await response.json() };
}
