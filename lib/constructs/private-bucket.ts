import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

export interface PrivateBucketProps {
  /** Where S3 notes who asked for what. None only for the bucket of those logs itself. */
  readonly accessLogs?: s3.IBucket;
  /** A key of ours; S3's own encryption when left out. */
  readonly key?: kms.IKey;
  /** Deletes objects after this; kept for good when left out. */
  readonly expireAfterDays?: number;
  /** In the meantime no version can be deleted or overwritten, by anybody `COMPLIANCE` binds: everybody. */
  readonly lock?: { readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly days: number };
}

/** A bucket that outlives its stack, keeps every version, and is neither public nor reachable without TLS. */
export function createPrivateBucket(scope: Construct, id: string, props: PrivateBucketProps): s3.IBucket {
  const { accessLogs, key, expireAfterDays, lock } = props;
  const bucket = new s3.Bucket(scope, id, {
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    versioned: true,
    objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
    removalPolicy: RemovalPolicy.RETAIN,
    ...(key === undefined
      ? { encryption: s3.BucketEncryption.S3_MANAGED }
      : { encryption: s3.BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }),
    ...(accessLogs === undefined
      ? {}
      : { serverAccessLogsBucket: accessLogs, serverAccessLogsPrefix: `${id.toLowerCase()}/` }),
    ...(lock === undefined ? {} : { objectLockDefaultRetention: retentionOf(lock) }),
    ...(expireAfterDays === undefined
      ? {}
      : {
          lifecycleRules: [
            {
              expiration: Duration.days(expireAfterDays),
              noncurrentVersionExpiration: Duration.days(expireAfterDays),
            },
          ],
        }),
  });
  // See `Network` on why a cast.
  return bucket as s3.IBucket;
}

function retentionOf({ mode, days }: NonNullable<PrivateBucketProps['lock']>): s3.ObjectLockRetention {
  const duration = Duration.days(days);
  return mode === 'COMPLIANCE'
    ? s3.ObjectLockRetention.compliance(duration)
    : s3.ObjectLockRetention.governance(duration);
}
