import type { PlanParts } from './cost.ts';
import type { Figure, Grade } from './figure.ts';
import { type CapacityInput, defaultFigures } from './input.ts';
import { limitFigures, limits } from './limits.ts';
import { priceFigures } from './prices.ts';

/** A figure that the plan rests on. */
export interface Ground {
  readonly name: string;
  readonly value: number;
  readonly source: string;
}

/** How long the writer's function has: what lib/stages.ts gives it. */
export const writerTimeoutSeconds = 60;

/** What makes the plan fail if it is carried out as it stands. Empty, if it can be. Pure. */
export function blockersOf({ loadBalancer, writer, backlog, ingest }: PlanParts): string[] {
  const blockers: string[] = [];
  if (!backlog.drainsInRetention) {
    blockers.push(
      `votes would be lost: the last waits ${days(backlog.oldestVoteMinutes)} days for the database, the stream keeps it ${limits.retentionHours / 24}`,
    );
  }
  if (writer.databaseConnections > writer.databaseConnectionsMax) {
    blockers.push(
      `the writer needs ${writer.databaseConnections} connections, the database takes ${writer.databaseConnectionsMax}: choose a larger instance class`,
    );
  }
  const batchSecondsMost = Math.min(limits.writerStatementSecondsMax, writerTimeoutSeconds / 2);
  if (writer.batchSecondsMax > batchSecondsMost) {
    blockers.push(
      `a batch takes ${Math.ceil(writer.batchSecondsMax)} s while ${writer.writerConcurrency} share the database, and a statement of the writer may take ${batchSecondsMost} s: make batches smaller or the database faster`,
    );
  }
  if (loadBalancer.loadBalancers > 1) {
    blockers.push(
      `${loadBalancer.lcu} capacity units are more than one load balancer's ${limits.loadBalancerUnitsMax}: it takes ${loadBalancer.loadBalancers}, or a higher quota for one, and the stacks make one`,
    );
  }
  if (ingest.vcpusMax > limits.managedVcpusMax) {
    blockers.push(
      `${ingest.vcpusMax} vCPUs are more than a capacity provider's ${limits.managedVcpusMax}: it takes several`,
    );
  }
  return blockers;
}

const days = (minutes: number): string => (minutes / 1_440).toFixed(1);

/** What an operator has to know besides the figures. Pure. */
export function warningsOf(input: CapacityInput, { writer, stream, ingest }: PlanParts): string[] {
  const managed =
    input.compute === 'managed'
      ? [
          'AWS does not say that a load balancer can call a function on Managed Instances: try it before you rely on it.',
          'Managed Instances shed votes when traffic more than doubles within 5 minutes; the least here is for half load at the peak.',
        ]
      : [
          'No environment serves before all of them are allocated: allocate well before the opening, and deploy nothing afterwards.',
        ];
  const batches =
    writer.largestRecordsPerEvent < writer.batchRecordsMax
      ? [
          `Ballots of the largest size come ${writer.largestRecordsPerEvent} a batch, not ${writer.batchRecordsMax.toLocaleString('en-US')}: the event source ends a batch at 6 MB. Nothing is lost, recording is slower.`,
        ]
      : [];
  const definitions =
    ingest.definitionGetsPerSecond > limits.objectGetsPerSecond
      ? [
          `${ingest.provisionedConcurrency.toLocaleString('en-US')} environments look for a new definition every ${limits.definitionFreshSeconds} s: up to ${ingest.definitionGetsPerSecond.toLocaleString('en-US')} GETs a second of one prefix, of which S3 takes ${limits.objectGetsPerSecond.toLocaleString('en-US')} before it scales. Look every ${Math.ceil(ingest.provisionedConcurrency / limits.objectGetsPerSecond)} s, or warm it up.`,
        ]
      : [];
  return [
    ...managed,
    ...definitions,
    'A load test of others saw WAF answer 403 at about 190,000 requests a second: have AWS confirm the rate in writing for CloudFront and for the web ACL.',
    'Only votes are counted here: people who look at results come through the same distribution.',
    ...batches,
    `The reservation of a load balancer takes minutes to hours and may fail for want of capacity; ${stream.shards} shards are reached by doubling at most, 10 times in 24 hours.`,
  ];
}

/** The figures of one grade that the plan rests on, but for those that the caller gave. Pure. */
export function groundsOf(grade: Grade, asked: Partial<CapacityInput>): Ground[] {
  const unasked = Object.entries<Figure>(defaultFigures).filter(
    ([name]) => asked[name as keyof CapacityInput] === undefined,
  );
  return [...unasked, ...Object.entries<Figure>(limitFigures), ...Object.entries<Figure>(priceFigures)]
    .filter(([, figure]) => figure.grade === grade)
    .map(([name, { value, source }]) => ({ name, value, source }));
}
