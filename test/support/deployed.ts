import { request } from 'node:http';
import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import {
  DescribeLoadBalancersCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Definition } from '../../schema/wire/definition.ts';
import type { Emulator } from './emulator.ts';

export interface Answer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

/** The stage `emulator` as it stands deployed. */
export interface Deployed {
  /** Fills the secret that `npm run election -- keys` will fill. */
  putReceiptKeys(secret: string): Promise<void>;
  publish(definition: Definition): Promise<void>;
  /** Through the load balancer. */
  call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer>;
  /** What the emulator did not do of the template, and was done through its API. */
  readonly mended: readonly string[];
}

const clientSettings = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

/**
 * Which of these CloudFormation types the emulator says it does not know, asked with a template that has one of
 * each and nothing else. An emulator that takes what it does not know says none.
 */
export async function askForTypes(endpoint: string, types: readonly string[]): Promise<string[]> {
  const client = new CloudFormationClient(clientSettings(endpoint));
  const resources = types.map((type, index) => [`Resource${index}`, { Type: type }] as const);
  const TemplateBody = JSON.stringify({ Resources: Object.fromEntries(resources) });
  try {
    await client.send(new ValidateTemplateCommand({ TemplateBody }));
    return [];
  } catch (error) {
    const list = /Unrecognized resource types: \[([^\]]*)\]/.exec(String(error))?.[1];
    if (list === undefined) throw error;
    return list.split(', ');
  } finally {
    client.destroy();
  }
}

/** Finds what was deployed by the logical ids of the stacks. */
export async function openDeployed(emulator: Emulator): Promise<Deployed> {
  const settings = clientSettings(emulator.endpoint);
  const cloudFormation = new CloudFormationClient(settings);
  const balancers = new ElasticLoadBalancingV2Client(settings);
  const secrets = new SecretsManagerClient(settings);
  const s3 = new S3Client({ ...settings, forcePathStyle: true });
  const resourcesOf = async (part: string) => {
    const command = new DescribeStackResourcesCommand({ StackName: `ballotstream-emulator-${part}` });
    return (await cloudFormation.send(command)).StackResources ?? [];
  };
  const resources = [...(await resourcesOf('data')), ...(await resourcesOf('service'))];
  const idOf = (type: string, logicalId: string): string => {
    const found = resources.find(
      ({ ResourceType, LogicalResourceId = '' }) =>
        ResourceType === type && LogicalResourceId.startsWith(logicalId),
    );
    if (found?.PhysicalResourceId === undefined) throw new Error(`${logicalId} (${type}) is not deployed`);
    return found.PhysicalResourceId;
  };

  const mended: string[] = [];
  for (const name of ['Ingest', 'Results']) {
    const TargetGroupArn = idOf('AWS::ElasticLoadBalancingV2::TargetGroup', `Entrance${name}`);
    const health = await balancers.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
    if ((health.TargetHealthDescriptions ?? []).length > 0) continue;
    const Targets = [{ Id: idOf('AWS::Lambda::Alias', name) }];
    await balancers.send(new RegisterTargetsCommand({ TargetGroupArn, Targets }));
    mended.push(`Targets of AWS::ElasticLoadBalancingV2::TargetGroup (${name})`);
  }
  const LoadBalancerArns = [idOf('AWS::ElasticLoadBalancingV2::LoadBalancer', 'Entrance')];
  const found = await balancers.send(new DescribeLoadBalancersCommand({ LoadBalancerArns }));
  const host = found.LoadBalancers?.[0]?.DNSName ?? '';
  const bucket = idOf('AWS::S3::Bucket', 'Definitions');

  return {
    mended,
    async putReceiptKeys(secret) {
      const SecretId = idOf('AWS::SecretsManager::Secret', 'ReceiptKeys');
      await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: secret }));
    },
    async publish(definition) {
      const put = (key: string, content: unknown) =>
        s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: JSON.stringify(content) }));
      await put(`elections/${definition.election}/v${definition.version}.json`, definition);
      await put(`elections/${definition.election}/latest.json`, { version: definition.version });
    },
    call: (method, path, body) => send(emulator.endpoint, host, method, path, body),
  };
}

/** The emulator tells its load balancers apart by `Host`, which `fetch` does not let one say. */
function send(endpoint: string, host: string, method: string, path: string, body: unknown): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = { host, ...(text === undefined ? {} : { 'content-type': 'application/json' }) };
  return new Promise((resolve, reject) => {
    const sent = request(`${endpoint}${path}`, { method, headers, timeout: 30_000 }, (response) => {
      let received = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        received += chunk;
      });
      response.on('end', () => {
        try {
          resolve({
            status: response.statusCode ?? 0,
            json: JSON.parse(received) as Record<string, unknown>,
          });
        } catch {
          reject(new Error(`no JSON from ${path}: ${response.statusCode} ${received.slice(0, 200)}`));
        }
      });
    });
    sent.on('timeout', () => sent.destroy(new Error(`${path} does not answer`)));
    sent.on('error', reject);
    sent.end(text);
  });
}
