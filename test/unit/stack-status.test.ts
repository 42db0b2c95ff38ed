import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { afterEach, describe, expect, it } from 'vitest';
import { createStackStatusReader } from '../../functions/adapters/stack-status.ts';

const closers: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** CloudFormation on this machine: what it was asked, and one answer to everything. */
async function startCloudFormation(status: number, body: string) {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    asked.push(Buffer.concat(await request.toArray()).toString());
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const client = new CloudFormationClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  closers.push(
    () => client.destroy(),
    () => server.closeAllConnections(),
    () => server.close(),
  );
  return { read: createStackStatusReader(client), asked };
}

const arn = 'arn:aws:cloudformation:us-east-1:111111111111:stack/ballotstream-peak-data/1';

describe('the status of a stack', () => {
  it('is what CloudFormation says of the one that asks', async () => {
    const { read, asked } = await startCloudFormation(
      200,
      '<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackStatus>UPDATE_ROLLBACK_IN_PROGRESS</StackStatus></member></Stacks></DescribeStacksResult></DescribeStacksResponse>',
    );
    expect(await read(arn)).toBe('UPDATE_ROLLBACK_IN_PROGRESS');
    expect(new URLSearchParams(asked[0]).get('StackName')).toBe(arn);
  });

  it.each([
    [
      'it may not be asked for',
      403,
      '<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>',
    ],
    [
      'there is no such stack',
      200,
      '<DescribeStacksResponse><DescribeStacksResult><Stacks/></DescribeStacksResult></DescribeStacksResponse>',
    ],
    ['the answer is none', 200, 'nonsense'],
  ])('is unknown where %s', async (_, status, body) => {
    const { read } = await startCloudFormation(status, body);
    expect(await read(arn)).toBeNull();
  });
});
