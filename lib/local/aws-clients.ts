import { Agent } from 'node:http';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { localCredentials, localRegion } from './local-account.ts';

/** The stand-ins speak HTTP/1.1 only; the SDK's Kinesis client would begin with HTTP/2. */
function localHandler(socketsMax: number): NodeHttpHandler {
  return new NodeHttpHandler({
    httpAgent: new Agent({ keepAlive: true, maxSockets: socketsMax, keepAliveMsecs: 1_000 }),
    connectionTimeout: 2_000,
    requestTimeout: 35_000,
  });
}

function settings(endpoint: string, socketsMax: number) {
  return {
    endpoint,
    region: localRegion,
    credentials: localCredentials,
    requestHandler: localHandler(socketsMax),
    // Who retries, and for how long, is the caller's to say.
    maxAttempts: 1,
  };
}

export function createLocalKinesis(endpoint: string): KinesisClient {
  return new KinesisClient(settings(endpoint, 32));
}

export function createLocalSqs(endpoint: string): SQSClient {
  return new SQSClient(settings(endpoint, 32));
}
