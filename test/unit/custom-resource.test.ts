import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type CustomResourceRequest,
  createCustomResourceHandler,
  DeploymentRefusedError,
} from '../../functions/http/cloudformation.ts';

interface Upload {
  readonly method: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Record<string, unknown>;
}

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** CloudFormation's end: takes what is put there. */
async function startCloudFormation(status = 200): Promise<{ url: string; uploads: Upload[] }> {
  const uploads: Upload[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      const body = JSON.parse(text) as Record<string, unknown>;
      uploads.push({ method: request.method, contentType: request.headers['content-type'], body });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closers.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer?signed=yes`, uploads };
}

const ask = (ResponseURL: string, RequestType: 'Create' | 'Update' | 'Delete' = 'Update') =>
  ({
    RequestType,
    ResponseURL,
    ServiceToken: 'arn',
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Applied',
    PhysicalResourceId: 'migrations',
    ResourceType: 'Custom::Migrations',
    ResourceProperties: { ServiceToken: 'arn' },
    OldResourceProperties: {},
  }) as CustomResourceRequest;

const withMs = (ms: number) => ({ getRemainingTimeInMillis: () => ms });
const quiet = () => {};

describe('a custom resource', () => {
  it('answers what CloudFormation needs to know which one it was, without a content type', async () => {
    const { url, uploads } = await startCloudFormation();
    await createCustomResourceHandler('migrations', async () => {}, quiet)(ask(url), withMs(60_000));
    expect(uploads).toEqual([
      {
        method: 'PUT',
        contentType: undefined,
        body: {
          Status: 'SUCCESS',
          Reason: '',
          PhysicalResourceId: 'migrations',
          StackId: 'stack',
          RequestId: 'request',
          LogicalResourceId: 'Applied',
        },
      },
    ]);
  });

  it('fails the deployment with the reason it was refused for', async () => {
    const { url, uploads } = await startCloudFormation();
    const refuse = () => Promise.reject(new DeploymentRefusedError('election demo is open'));
    await createCustomResourceHandler('gate', refuse, quiet)(ask(url), withMs(60_000));
    expect(uploads[0]?.body).toMatchObject({ Status: 'FAILED', Reason: 'election demo is open' });
  });

  it('tells no message of an unexpected error: it may hold a password', async () => {
    const { url, uploads } = await startCloudFormation();
    const fail = () => Promise.reject(Object.assign(new Error('password swordfish'), { code: '28P01' }));
    await createCustomResourceHandler('migrations', fail, quiet)(ask(url), withMs(60_000));
    expect(uploads[0]?.body['Reason']).toBe("Error (28P01): see the function's log");
  });

  it('answers before its time is up, when the work does not end', async () => {
    const { url, uploads } = await startCloudFormation();
    const never = () => new Promise<void>(() => {});
    await createCustomResourceHandler('migrations', never, quiet)(ask(url), withMs(5_050));
    expect(uploads[0]?.body).toMatchObject({ Status: 'FAILED', Reason: 'took too long' });
  });

  it('is deleted without a question', async () => {
    const { url, uploads } = await startCloudFormation();
    let asked = false;
    const work = async () => {
      asked = true;
    };
    await createCustomResourceHandler('migrations', work, quiet)(ask(url, 'Delete'), withMs(60_000));
    expect([asked, uploads[0]?.body['Status']]).toEqual([false, 'SUCCESS']);
  });

  it('cuts a reason that CloudFormation would not take', async () => {
    const { url, uploads } = await startCloudFormation();
    const refuse = () => Promise.reject(new DeploymentRefusedError('x'.repeat(5_000)));
    await createCustomResourceHandler('gate', refuse, quiet)(ask(url), withMs(60_000));
    expect(String(uploads[0]?.body['Reason']).length).toBe(900);
  });

  it('fails where CloudFormation does not take the answer, so that Lambda tries again', async () => {
    const { url } = await startCloudFormation(403);
    const handle = createCustomResourceHandler('gate', async () => {}, quiet);
    await expect(handle(ask(url), withMs(60_000))).rejects.toThrow('403');
  });
});
