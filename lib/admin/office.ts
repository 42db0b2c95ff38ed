import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import * as z from 'zod';
import { createPool } from '../../functions/adapters/postgres/pool.ts';
import { createVoteStore } from '../../functions/adapters/postgres/vote-store.ts';
import type { Election } from '../../functions/core/election.ts';
import { passKeyName } from '../../functions/core/pass-issue.ts';
import type { ElectionId, RegionId } from '../../schema/wire/ids.ts';
import { receiptKeysFile } from '../local/demo.ts';
import { issuerSecretsOf } from '../local/issuer-secrets.ts';
import { definitionBucketName, localCredentials, localRegion } from '../local/local-account.ts';
import { identifyProcess, isRunning, type ProcessIdentity } from '../local/process-identity.ts';
import { findResource, readStackResources } from '../prewarm/stack-resources.ts';
import type { Stage } from '../stages.ts';
import { AdminError } from './admin-error.ts';
import { createOfficeObjects, type OfficeObjects } from './objects.ts';
import { createFileSecrets, createManagedSecrets, type OfficeSecrets } from './office-secrets.ts';
import { type AuditTrail, createTrail } from './trail.ts';

/** What an election office works with: of one machine's data directory, or of a stage in AWS. */
export interface Office {
  readonly objects: OfficeObjects;
  readonly secrets: OfficeSecrets;
  readonly names: SecretNames;
  readonly trail: AuditTrail;
  /** Where the API answers; null: nobody has said. */
  readonly endpoint: string | null;
  /** On one machine elections are also published past the office: the demonstration, replays. */
  readonly hasUnofficial: boolean;
  /** The votes' database as a role, where it is known. */
  databaseUrl(role: string): string | null;
  /** The voter roll's, likewise. */
  rollUrl(role: string): string | null;
  /** Makes the database ready for an election at once, where it can be reached; elsewhere the schedule does, within a minute. */
  register(election: Election): Promise<void>;
  close(): void;
}

export interface SecretNames {
  passKey(election: ElectionId, region: RegionId, keyId: string): string;
  kioskKey(election: ElectionId): string;
  officeKey(election: ElectionId): string;
  readonly receiptKeys: string;
  readonly accessCodeKey: string;
}

export interface OfficeOptions {
  readonly actor: string;
  readonly clock: () => number;
}

const connectMsMax = 3_000;
const answerMsMax = 15_000;
const requestHandler = () =>
  new NodeHttpHandler({
    connectionTimeout: connectMsMax,
    requestTimeout: answerMsMax,
    throwOnRequestTimeout: true,
  });

/** What `npm start` says of itself; with a password in it. */
const endpointsSchema = z.object({
  endpoint: z.string(),
  superuserUrl: z.string(),
  rollUrl: z.string(),
  readerUrl: z.string(),
  urls: z.object({ s3: z.string() }),
});

/**
 * The office of a running pipeline on this machine.
 * @throws AdminError when none runs there, or another command is at work
 */
export function openLocalOffice(directory: string, { actor, clock }: OfficeOptions): Office {
  const dataDir = resolve(directory);
  const running = readEndpoints(dataDir);
  const unlock = lock(dataDir);
  const s3 = new S3Client({
    endpoint: running.urls.s3,
    region: localRegion,
    credentials: localCredentials,
    forcePathStyle: true,
    requestHandler: requestHandler(),
  });
  const objects = createOfficeObjects(s3, definitionBucketName);
  const within = (path: string) => path.slice(dataDir.length + 1);
  return {
    objects,
    secrets: createFileSecrets(dataDir),
    names: {
      passKey: (...key) => within(`${issuerSecretsOf(dataDir).passKeys}${passKeyName(...key)}`),
      kioskKey: (election) => `kiosk-keys/${election}.pem`,
      officeKey: (election) => `office-keys/${election}.pem`,
      receiptKeys: within(receiptKeysFile(dataDir)),
      accessCodeKey: within(issuerSecretsOf(dataDir).accessCodeKeyFile),
    },
    trail: createTrail({ objects, actor, clock }),
    endpoint: running.endpoint,
    hasUnofficial: true,
    databaseUrl: (role) => roleUrl(dataDir, running.superuserUrl, role),
    rollUrl: (role) => roleUrl(dataDir, running.rollUrl, role),
    register: (election) => registerNow(roleUrl(dataDir, running.superuserUrl, 'maintainer'), election),
    close() {
      s3.destroy();
      unlock();
    },
  };
}

function readEndpoints(dataDir: string): z.infer<typeof endpointsSchema> {
  const file = join(dataDir, 'endpoints.json');
  const lockFile = join(dataDir, 'running.json');
  const owner = existsSync(lockFile) ? readOwner(lockFile) : undefined;
  if (!existsSync(file) || owner === undefined || !isRunning(owner))
    throw new AdminError(`nothing runs on ${dataDir}: npm start first, or say --data-dir or --stage`);
  const parsed = endpointsSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new AdminError(`${file} is not of this version: start the pipeline again`);
  return parsed.data;
}

function readOwner(file: string): ProcessIdentity | undefined {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { owner: ProcessIdentity }).owner;
  } catch {
    return undefined;
  }
}

export const superuserUrl = (directory: string): string => readEndpoints(resolve(directory)).superuserUrl;

/** At the standby, where there is one. */
export function readerUrl(directory: string, role: string): string | null {
  const dataDir = resolve(directory);
  return roleUrl(dataDir, readEndpoints(dataDir).readerUrl, role);
}

function roleUrl(dataDir: string, anyUrl: string, role: string): string | null {
  const passwords = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8')) as Record<string, string>;
  const password = passwords[role];
  if (password === undefined) return null;
  const url = new URL(anyUrl);
  url.username = role;
  url.password = password;
  return url.href;
}

async function registerNow(url: string | null, election: Election): Promise<void> {
  if (url === null) return;
  const pool = createPool({ url, connectionsMax: 1, applicationName: 'ballotstream-office' });
  try {
    await createVoteStore(pool).register(election);
  } finally {
    await pool.end();
  }
}

/** One command at a time writes; see `createOfficeObjects`. */
function lock(dataDir: string): () => void {
  const file = join(dataDir, 'office.lock');
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const handle = openSync(file, 'wx', 0o600);
      writeSync(
        handle,
        JSON.stringify({ owner: identifyProcess(process.pid) ?? { pid: process.pid, birth: '' } }),
      );
      closeSync(handle);
      return () => rmSync(file, { force: true });
    } catch (cause) {
      const owner = existsSync(file) ? readOwner(file) : undefined;
      if (owner !== undefined && isRunning(owner))
        throw new AdminError(`another command is at work on ${dataDir} (pid ${owner.pid}): wait for it`, [], {
          cause,
        });
      rmSync(file, { force: true });
    }
  }
  throw new AdminError(`${file} cannot be made: is ${dataDir} writable?`);
}

/**
 * The office of a stage in AWS, with the credentials of the environment; an endpoint comes from the SDK's own variables.
 * @param endpoint where its API answers
 * @throws NotDeployedError, and what the SDK throws
 */
export async function openStageOffice(
  stage: Stage,
  endpoint: string | null,
  databaseUrl: string | null,
  { actor, clock }: OfficeOptions,
): Promise<Office> {
  const settings = { region: stage.region, requestHandler: requestHandler() };
  const cloudFormation = new CloudFormationClient(settings);
  const data = await readStackResources(cloudFormation, stage, 'data');
  const service = await readStackResources(cloudFormation, stage, 'service');
  cloudFormation.destroy();
  const need = (resources: typeof data, type: string, logicalId: RegExp): string => {
    const found = findResource(resources, type, logicalId);
    if (found === null) throw new AdminError(`stage ${stage.name} has no ${type} ${logicalId.source}`);
    return found;
  };
  const s3 = new S3Client({ ...settings, forcePathStyle: true });
  const secretsManager = new SecretsManagerClient(settings);
  const objects = createOfficeObjects(s3, need(data, 'AWS::S3::Bucket', /^Definitions/));
  const prefix = `ballotstream-${stage.name}`;
  return {
    objects,
    secrets: createManagedSecrets(secretsManager),
    names: {
      passKey: (...key) => `${prefix}/pass-keys/${passKeyName(...key)}`,
      kioskKey: (election) => `${prefix}/kiosk-keys/${election}`,
      officeKey: (election) => `${prefix}/office-keys/${election}`,
      receiptKeys: need(data, 'AWS::SecretsManager::Secret', /^ReceiptKeys/),
      accessCodeKey: need(service, 'AWS::SecretsManager::Secret', /AccessCodeKey/),
    },
    trail: createTrail({ objects, actor, clock }),
    endpoint,
    hasUnofficial: false,
    // Whichever the command asks: it is said for one command.
    databaseUrl: (role) => withRole(databaseUrl, role),
    rollUrl: (role) => withRole(databaseUrl, role),
    register: async () => {},
    close() {
      s3.destroy();
      secretsManager.destroy();
    },
  };
}

function withRole(databaseUrl: string | null, role: string): string | null {
  if (databaseUrl === null) return null;
  const url = new URL(databaseUrl);
  if (url.username === '') url.username = role;
  return url.href;
}
