import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { RDSClient } from '@aws-sdk/client-rds';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** By default the SDK waits for ever: whoever waits for a go would too. */
const connectMsMax = 3_000;
const answerMsMax = 10_000;

/** HTTP/1.1 for all of them; Kinesis would begin with HTTP/2. Retries (throttling, 5xx) are the SDK's: 3 attempts. */
export function createClients(region: string, answerMs = answerMsMax) {
  const settings = {
    region,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: connectMsMax,
      requestTimeout: answerMs,
      throwOnRequestTimeout: true,
    }),
  };
  return {
    cloudFormation: new CloudFormationClient(settings),
    cloudWatch: new CloudWatchClient(settings),
    scaling: new ApplicationAutoScalingClient(settings),
    balancers: new ElasticLoadBalancingV2Client(settings),
    kinesis: new KinesisClient(settings),
    lambda: new LambdaClient(settings),
    rds: new RDSClient(settings),
    quotas: new ServiceQuotasClient(settings),
    sqs: new SQSClient(settings),
  };
}

export type Clients = ReturnType<typeof createClients>;
