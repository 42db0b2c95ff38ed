import { CfnResource, type Stack } from 'aws-cdk-lib';

/**
 * What emulators of AWS do not have, found by trying it with MiniStack 1.5.33: it refuses a stack with any of
 * these. Each with what that means there.
 */
export const absentTypes: Readonly<Record<string, string>> = {
  'AWS::EC2::FlowLog': 'nobody is told who was turned away',
  'AWS::EC2::SecurityGroupEgress': 'security groups are names: everything may talk to everything',
  'AWS::EC2::SecurityGroupIngress': 'security groups are names: everything may talk to everything',
};

/** Stacks that are not deployed into an emulator, with the reason. */
export const absentStacks: Readonly<Record<string, string>> = {
  Edge: 'no AWS::CloudFront::VpcOrigin, AWS::Logs::Delivery or AWS::WAFv2::LoggingConfiguration: votes are cast at the load balancer',
  Operations: 'watches what the edge stack makes',
};

/** Parts of the stacks that another part stands in for. */
export const replacedParts: Readonly<Record<string, string>> = {
  'Aurora, its replicas and RDS Proxy':
    'a PostgreSQL that is there already, with a database `roll` beside the one that is named (AWS::RDS::DBCluster needs docker; there is no AWS::RDS::DBProxy)',
  'IAM tokens for the database': 'passwords',
};

/**
 * Takes out of the stacks what the emulator would refuse.
 *
 * @returns what was taken out, by type, with how many
 */
export function leaveOutAbsent(stacks: readonly Stack[]): ReadonlyMap<string, number> {
  const leftOut = new Map<string, number>();
  for (const stack of stacks) {
    for (const construct of stack.node.findAll()) {
      if (!CfnResource.isCfnResource(construct)) continue;
      const type = construct.cfnResourceType;
      if (!Object.hasOwn(absentTypes, type)) continue;
      construct.node.scope?.node.tryRemoveChild(construct.node.id);
      leftOut.set(type, (leftOut.get(type) ?? 0) + 1);
    }
  }
  return leftOut;
}

/** What an emulator's deployment is without, one line each. */
export function describeAbsent(leftOut: ReadonlyMap<string, number>): string {
  const lines = [
    ...[...leftOut].map(([type, count]) => `${type} (${count}): ${absentTypes[type] ?? ''}`),
    ...Object.entries(absentStacks).map(([stack, why]) => `stack ${stack}: ${why}`),
    ...Object.entries(replacedParts).map(([part, by]) => `${part}: ${by}`),
  ];
  return `not deployed here:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
