import { Stack } from 'aws-cdk-lib';
import type * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

export interface FrontLogProps {
  readonly name: string;
  readonly distribution: cloudfront.Distribution;
  /** Lets CloudWatch's log delivery write to it. */
  readonly bucket: s3.IBucket;
}

/**
 * What the log says of a request. Neither address nor user agent: beside the moment of a vote they would say
 * who voted when. Nor the request's id, by which WAF's log of what it refused has the address.
 */
const fields = [
  'timestamp',
  'x-edge-location',
  'cs-method',
  'cs-uri-stem',
  'sc-status',
  'x-edge-result-type',
  'x-edge-detailed-result-type',
  'time-taken',
  'cs-bytes',
  'sc-bytes',
  'cs-protocol',
  'cs-protocol-version',
  'ssl-protocol',
];

/** Standard logging v2 of a distribution: through CloudWatch's delivery into a bucket. */
export class FrontLog extends Construct {
  constructor(scope: Construct, id: string, { name, distribution, bucket }: FrontLogProps) {
    super(scope, id);
    const source = new logs.CfnDeliverySource(this, 'Source', {
      name: `${name}-front`,
      logType: 'ACCESS_LOGS',
      resourceArn: Stack.of(this).formatArn({
        service: 'cloudfront',
        region: '',
        resource: 'distribution',
        resourceName: distribution.distributionId,
      }),
    });
    const destination = new logs.CfnDeliveryDestination(this, 'Destination', {
      name: `${name}-front`,
      destinationResourceArn: `${bucket.bucketArn}/front`,
      outputFormat: 'json',
    });
    const delivery = new logs.CfnDelivery(this, 'Delivery', {
      deliverySourceName: source.name,
      deliveryDestinationArn: destination.attrArn,
      recordFields: fields,
    });
    delivery.node.addDependency(source);
  }
}
