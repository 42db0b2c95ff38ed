import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import type { AuroraSize, Stage } from '../stages.ts';

/** Takes over last of all: AWS's lowest. */
const lastToTakeOver = 15;

/**
 * Said of each: what the cluster says is not passed on, and Aurora leaves versions alone as soon as one
 * instance asks it to (AWS, "Automatic minor version upgrades for Aurora PostgreSQL").
 */
const autoMinorVersionUpgrade = false;

type Instances = Pick<
  rds.DatabaseClusterProps,
  'writer' | 'readers' | 'serverlessV2MinCapacity' | 'serverlessV2MaxCapacity' | 'storageType'
>;

/**
 * The writer, in the first zone; readers in the others, as big as the writer since the first takes over; and
 * the analysts' reader last, where the stage has one.
 */
export function instancesOf(size: AuroraSize, availabilityZones: Stage['availabilityZones']): Instances {
  const [writersZone, ...otherZones] = availabilityZones;
  const inZone = (availabilityZone: string | undefined) => ({
    autoMinorVersionUpgrade,
    availabilityZone: availabilityZone ?? writersZone,
  });
  const inOtherZone = (index: number) => inZone(otherZones[index % otherZones.length]);
  const readers = Array.from({ length: size.readers }, (_, index) => ({
    id: `Reader${index + 1}`,
    place: inOtherZone(index),
  }));
  const analystsPlace = inOtherZone(size.readers);
  switch (size.kind) {
    case 'serverless': {
      const serverless = rds.ClusterInstance.serverlessV2;
      const analysts = { ...analystsPlace, scaleWithWriter: false };
      return {
        writer: serverless('Writer', inZone(writersZone)),
        readers: [
          ...readers.map(({ id, place }) => serverless(id, { ...place, scaleWithWriter: true })),
          ...(size.analystsReader ? [serverless('AnalystsReader', analysts)] : []),
        ],
        serverlessV2MinCapacity: size.acuMin,
        serverlessV2MaxCapacity: size.acuMax,
      };
    }
    case 'provisioned': {
      const { provisioned } = rds.ClusterInstance;
      const instanceType = new ec2.InstanceType(size.instanceType);
      const analysts = { ...analystsPlace, instanceType, promotionTier: lastToTakeOver };
      return {
        writer: provisioned('Writer', { ...inZone(writersZone), instanceType }),
        readers: [
          ...readers.map(({ id, place }) => provisioned(id, { ...place, instanceType, promotionTier: 1 })),
          ...(size.analystsReader ? [provisioned('AnalystsReader', analysts)] : []),
        ],
        // Above a quarter of the bill for I/O it is the cheaper one, and writes wait less (AWS, "Aurora I/O-Optimized").
        storageType: rds.DBClusterStorageType.AURORA_IOPT1,
      };
    }
  }
}
