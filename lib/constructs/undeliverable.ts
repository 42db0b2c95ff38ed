import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { allowObjects } from './object-policy.ts';

/**
 * Sends what an event source gives up to a bucket, payload and all: a queue or a topic would get
 * positions in a stream that forgets them. The CDK's own `S3OnFailureDestination` also lets the
 * function read and delete what is there; this asks for what Lambda's documentation asks for.
 *
 * @param role of the function whose event source it is
 */
export function deliverFailuresTo(
  scope: Construct,
  bucket: s3.IBucket,
  role: iam.IRole,
): lambda.IEventSourceDlq {
  allowObjects(scope, 'DeliverFailures', { role, bucket, action: 's3:PutObject', keys: '*' });
  return { bind: () => ({ destination: bucket.bucketArn }) };
}
