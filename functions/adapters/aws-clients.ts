import { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/**
 * AWS clients that make one attempt a call: retrying is ours, where the deadline is known. HTTP/1.1
 * with kept connections everywhere, Kinesis too: its default HTTP/2 would put all calls of an
 * environment on one connection, and the local stand-in speaks HTTP/1 only. Endpoint, region and
 * credentials come from the SDK's own environment variables.
 */
function clientSettings(socketsMax: number) {
  return {
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 500,
      httpAgent: { keepAlive: true, maxSockets: socketsMax },
      httpsAgent: { keepAlive: true, maxSockets: socketsMax },
    }),
  };
}

export const createKinesisClient = (): KinesisClient => new KinesisClient(clientSettings(8));

export const createSqsClient = (): SQSClient => new SQSClient(clientSettings(32));

/** Path style: an endpoint on one machine has no host name a bucket. */
export const createS3Client = (): S3Client => new S3Client({ ...clientSettings(8), forcePathStyle: true });
