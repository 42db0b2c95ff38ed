import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as z from 'zod';
import type { PipelineTemplate, Resource } from './template.ts';

/** What holds votes or the keys to them, and what a database stands on. */
const statefulTypes = [
  'AWS::Kinesis::Stream',
  'AWS::SQS::Queue',
  'AWS::S3::Bucket',
  'AWS::KMS::Key',
  'AWS::RDS::DBCluster',
  'AWS::RDS::DBInstance',
  'AWS::RDS::DBSubnetGroup',
  'AWS::EC2::VPC',
  'AWS::EC2::Subnet',
];
/**
 * "May" is said of properties of an instance that Aurora changes in place, each with conditions of its own; where
 * it says more than that, an instance is replaced, which takes no vote with it.
 */
const onlyCertain = new Set(['AWS::RDS::DBInstance']);

const specificationSchema = z.object({
  schema: z.object({
    resource: z.object({
      entities: z.array(
        z.object({
          cloudFormationType: z.string(),
          properties: z.record(
            z.string(),
            z.object({ causesReplacement: z.enum(['yes', 'no', 'maybe']).optional() }),
          ),
        }),
      ),
    }),
  }),
});

const immutable = readImmutable();

/**
 * By type, the properties whose change makes CloudFormation put another resource in its place, or may: as
 * `cdk diff` has it, from the specification that comes with the CDK's command line.
 */
function readImmutable(): ReadonlyMap<string, readonly string[]> {
  const packed = readFileSync(new URL('../../node_modules/aws-cdk/db.json.gz', import.meta.url));
  const { entities } = specificationSchema.parse(JSON.parse(gunzipSync(packed).toString('utf8'))).schema
    .resource;
  return new Map(
    statefulTypes.map((type) => {
      const resource = entities.find(({ cloudFormationType }) => cloudFormationType === type);
      if (resource === undefined) throw new Error(`the specification does not know ${type}`);
      const names = Object.entries(resource.properties)
        .filter(
          ([, { causesReplacement: says }]) => says === 'yes' || (says === 'maybe' && !onlyCertain.has(type)),
        )
        .map(([name]) => name);
      return [type, names.toSorted()];
    }),
  );
}

/** Everything of the data stack that must stay the very same, as one line each. */
export function identities(template: Pick<PipelineTemplate, 'resources'>): string[] {
  return template.resources
    .filter(({ stack, Type }) => stack === 'Data' && immutable.has(Type))
    .map(identityOf)
    .toSorted();
}

function identityOf({ Type, id, Properties = {} }: Resource): string {
  const fixed = (immutable.get(Type) ?? [])
    .filter((name) => Properties[name] !== undefined)
    .map((name) => `${name}=${JSON.stringify(Properties[name])}`);
  return [Type, id, ...fixed].join(' ');
}
