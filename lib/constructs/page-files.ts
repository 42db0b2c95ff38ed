import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Stack, Validations } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import * as deployment from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { patternOf, writeRewriting } from '../page-paths.ts';
import { bundlePages, type WebFile } from '../web-bundle.ts';
import { assetsPath, publicPages } from '../web-pages.ts';
import { headersOfPages, keptAsTold } from './front-policies.ts';
import { createPrivateBucket } from './private-bucket.ts';

export interface PageFilesProps {
  /** Of the stage, unique in the account. */
  readonly name: string;
  readonly accessLogs: s3.IBucket;
  /** Identity providers that pages ask for themselves. */
  readonly identityOrigins: readonly string[];
}

/** A minute and a half's work at most: some 300 KB in some 20 files. */
const memoryMb = 256;

/**
 * The pages: in a bucket that only the distribution reads, each address below a page's path led to that page's
 * file. Files of earlier deployments stay, so that a page that somebody has open finds its own.
 */
export class PageFiles extends Construct {
  /** By path pattern, for the distribution. */
  readonly behaviors: Readonly<Record<string, cloudfront.BehaviorOptions>>;

  constructor(scope: Construct, id: string, { name, accessLogs, identityOrigins }: PageFilesProps) {
    super(scope, id);
    const bucket = createPrivateBucket(this, 'Bucket', { accessLogs });
    this.upload(bucket);
    const common = {
      origin: origins.S3BucketOrigin.withOriginAccessControl(bucket),
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
      allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
      responseHeadersPolicy: headersOfPages(this, identityOrigins),
      compress: true,
    };
    const page = {
      ...common,
      cachePolicy: keptAsTold(this, `${name}-pages`, false),
      functionAssociations: [
        { eventType: cloudfront.FunctionEventType.VIEWER_REQUEST, function: this.createRewriting(name) },
      ],
    };
    this.behaviors = {
      ...Object.fromEntries(publicPages.map((one) => [patternOf(one), page])),
      [`${assetsPath}/*`]: { ...common, cachePolicy: cloudfront.CachePolicy.CACHING_OPTIMIZED },
    };
  }

  private createRewriting(name: string): cloudfront.Function {
    return new cloudfront.Function(this, 'Rewriting', {
      functionName: `${name}-pages`,
      comment: 'Leads each address of a page to its file',
      runtime: cloudfront.FunctionRuntime.JS_2_0,
      code: cloudfront.FunctionCode.fromInline(writeRewriting(publicPages)),
    });
  }

  /** What is hashed first: a page never names a file that is not there yet. */
  private upload(bucket: s3.IBucket): void {
    const role = new iam.Role(this, 'Uploader', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    });
    const policy = new iam.Policy(this, 'Upload', {
      roles: [role],
      statements: [
        new iam.PolicyStatement({
          actions: ['s3:GetObject', 's3:PutObject'],
          resources: [bucket.arnForObjects('*')],
        }),
        new iam.PolicyStatement({ actions: ['s3:ListBucket'], resources: [bucket.bucketArn] }),
      ],
    });
    const deploy = (id: string, files: readonly WebFile[]) =>
      new deployment.BucketDeployment(this, id, {
        destinationBucket: bucket,
        sources: [sourceOf(files, policy)],
        cacheControl: [...new Set(files.map((file) => file.cacheControl))].map((value) =>
          deployment.CacheControl.fromString(value),
        ),
        prune: false,
        retainOnDelete: true,
        memoryLimit: memoryMb,
        // Without what the construct would grant: all of `s3:GetObject*`, `s3:DeleteObject*` and more.
        role: role.withoutPolicyUpdates(),
        outputObjectKeys: false,
      });
    const { files } = bundlePages(publicPages);
    const isAsset = ({ path }: WebFile) => path.startsWith(`${assetsPath}/`);
    const assets = deploy('Assets', files.filter(isAsset));
    const pages = deploy(
      'Pages',
      files.filter((file) => !isAsset(file)),
    );
    pages.node.addDependency(assets);
    for (const one of [assets, pages]) one.node.addDependency(policy);
    this.acknowledgeFindings(bucket, policy);
  }

  private acknowledgeFindings(bucket: s3.IBucket, policy: iam.Policy): void {
    const bucketId: unknown = Stack.of(this).resolve((bucket.node.defaultChild as s3.CfnBucket).logicalId);
    Validations.of(policy).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${String(bucketId)}.Arn>/*]`,
      reason: 'Objects of one bucket: their names are hashes.',
    });
    const { children } = Stack.of(this).node;
    for (const uploader of children.filter(({ node }) => node.id.startsWith('Custom::CDKBucketDeployment'))) {
      Validations.of(uploader).acknowledge({
        id: 'AwsSolutions-L1',
        reason: 'The CDK’s own function, with the Python that its code is tried with.',
      });
    }
  }
}

/** @param policy is given the right to read just this */
function sourceOf(files: readonly WebFile[], policy: iam.Policy): deployment.ISource {
  return {
    bind(scope, context) {
      const directory = mkdtempSync(join(tmpdir(), 'ballotstream-pages-'));
      for (const { path, body } of files) {
        const file = join(directory, path);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, body);
      }
      // The asset is a copy: the directory may go.
      const config = deployment.Source.asset(directory).bind(scope, context);
      rmSync(directory, { recursive: true, force: true });
      const object = config.bucket.arnForObjects(config.zipObjectKey);
      policy.addStatements(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [object] }));
      return config;
    },
  };
}
