import { Stack, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

export interface ObjectPolicyProps {
  readonly role: iam.IRole;
  readonly bucket: s3.IBucket;
  readonly action: 's3:GetObject' | 's3:PutObject';
  /** Which objects: a pattern of keys. */
  readonly keys: string;
}

/**
 * Lets `role` do one thing with objects of a bucket, and list it (without that, S3 answers "forbidden"
 * for an object that does not exist).
 */
export function allowObjects(scope: Construct, id: string, props: ObjectPolicyProps): void {
  const { role, bucket, action, keys } = props;
  const policy = new iam.Policy(scope, id, {
    roles: [role],
    statements: [
      new iam.PolicyStatement({ actions: [action], resources: [bucket.arnForObjects(keys)] }),
      new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] }),
    ],
  });
  if (bucket.encryptionKey !== undefined) {
    const kmsAction = action === 's3:GetObject' ? 'kms:Decrypt' : 'kms:GenerateDataKey';
    policy.addStatements(
      new iam.PolicyStatement({ actions: [kmsAction], resources: [bucket.encryptionKey.keyArn] }),
    );
  }
  Validations.of(policy).acknowledge({
    id: `AwsSolutions-IAM5[Resource::${nameInFinding(scope, bucket)}/${keys}]`,
    reason: 'Objects of one bucket: their names are not known ahead.',
  });
}

/** What cdk-nag calls the bucket: its logical id in its own stack, in others the name that its ARN is exported by. */
function nameInFinding(scope: Construct, bucket: s3.IBucket): string {
  const owner = Stack.of(bucket);
  if (Stack.of(scope) === owner) {
    const attribute = owner.resolve(bucket.bucketArn) as { 'Fn::GetAtt': readonly string[] };
    return `<${attribute['Fn::GetAtt'].join('.')}>`;
  }
  const reference = owner.resolve(owner.exportValue(bucket.bucketArn)) as { 'Fn::ImportValue': string };
  return reference['Fn::ImportValue'];
}
