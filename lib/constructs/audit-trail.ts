import { Stack } from 'aws-cdk-lib';
import * as cloudtrail from 'aws-cdk-lib/aws-cloudtrail';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { OperationsSettings } from '../operations-settings.ts';
import { createPrivateBucket } from './private-bucket.ts';

export interface AuditTrailProps {
  readonly name: string;
  readonly key: kms.Key;
  readonly lock: OperationsSettings['auditLock'];
  readonly accessLogs: s3.IBucket;
  /** Whoever changes an object here is noted; who reads is not: ingest does, thousands of times a second. */
  readonly written: readonly s3.IBucket[];
  /** Whoever reads or changes an object here is noted. */
  readonly touched: readonly s3.IBucket[];
}

/**
 * Who did what with the account: every management call in every region, and what happens to the
 * objects that decide or hold votes. Files are signed (`aws cloudtrail validate-logs` finds one that
 * is missing or changed) and locked. The first copy of management events is free; data events cost
 * $0.10 for 100,000 (AWS, "CloudTrail pricing"), and these are a handful a day.
 */
export class AuditTrail extends Construct {
  constructor(scope: Construct, id: string, props: AuditTrailProps) {
    super(scope, id);
    const { name, key, lock, accessLogs, written, touched } = props;
    const bucket = createPrivateBucket(this, 'Files', { accessLogs, key, lock });
    const trailArn = Stack.of(this).formatArn({
      service: 'cloudtrail',
      resource: 'trail',
      resourceName: name,
    });
    // AWS, "Configure KMS key policies for CloudTrail".
    key.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('cloudtrail.amazonaws.com')],
        actions: ['kms:GenerateDataKey*', 'kms:DescribeKey'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceArn': trailArn } },
      }),
    );
    const trail = new cloudtrail.Trail(this, 'Trail', {
      trailName: name,
      bucket,
      encryptionKey: key,
      enableFileValidation: true,
      isMultiRegionTrail: true,
      managementEvents: cloudtrail.ReadWriteType.ALL,
    });
    const selectors = (buckets: readonly s3.IBucket[]) => buckets.map((one) => ({ bucket: one }));
    trail.addS3EventSelector(selectors(written), {
      readWriteType: cloudtrail.ReadWriteType.WRITE_ONLY,
      includeManagementEvents: false,
    });
    trail.addS3EventSelector(selectors(touched), {
      readWriteType: cloudtrail.ReadWriteType.ALL,
      includeManagementEvents: false,
    });
  }
}
