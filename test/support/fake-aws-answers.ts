import { type FakeAccount, ingestTargets, threeTimes } from './fake-aws-account.ts';

/** An error as AWS names it. */
export class FakeAwsError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: whatever a protocol carries
type Input = any;
type Answer = (account: FakeAccount, input: Input) => object;

const pageSize = 20;

function page<T>(list: readonly T[], token: unknown) {
  const start = Number(token ?? 0);
  const next = start + pageSize;
  return { list: list.slice(start, next), NextToken: next < list.length ? String(next) : undefined };
}

function stackNamed({ stacks }: FakeAccount, name: string) {
  const stack = stacks.get(name);
  if (stack === undefined) throw new FakeAwsError('ValidationError', `Stack with id ${name} does not exist`);
  return stack;
}

/** One look nearer; whether it is there now. */
function isThere(account: FakeAccount, what: keyof FakeAccount['underWay']): boolean {
  account.underWay[what] -= 1;
  return account.underWay[what] <= 0;
}

function versionsOf({ secrets }: FakeAccount, name: string) {
  const versions = secrets.get(name);
  if (versions === undefined) throw new FakeAwsError('ResourceNotFoundException', `there is no ${name}`);
  return versions;
}

/** What each operation answers, and does to the account. */
export const answers: Readonly<Record<string, Answer>> = {
  ListStackResources(account, { StackName, NextToken }) {
    const found = page(stackNamed(account, StackName).resources, NextToken);
    return {
      StackResourceSummaries: found.list.map(({ type, logicalId, physicalId, status }) => ({
        ResourceType: type,
        LogicalResourceId: logicalId,
        PhysicalResourceId: physicalId,
        ResourceStatus: status,
      })),
      NextToken: found.NextToken,
    };
  },
  DescribeStacks: (account, { StackName }) => ({
    Stacks: [{ StackName, StackStatus: stackNamed(account, StackName).status }],
  }),

  GetAccountSettings: ({ concurrency }) => ({ AccountLimit: { ConcurrentExecutions: concurrency } }),
  ListServiceQuotas({ quotas }, { ServiceCode }) {
    return { Quotas: quotas.filter((one) => one.ServiceCode === ServiceCode) };
  },

  GetAlias: ({ alias }) => ({
    FunctionVersion: alias.version,
    ...(Object.keys(alias.weights).length === 0
      ? {}
      : { RoutingConfig: { AdditionalVersionWeights: alias.weights } }),
  }),
  GetProvisionedConcurrencyConfig(account) {
    const { provisioned } = account;
    if (provisioned === null) {
      throw new FakeAwsError('ProvisionedConcurrencyConfigNotFoundException', 'none');
    }
    if (provisioned.status === 'IN_PROGRESS' && isThere(account, 'environments')) {
      const fails = account.allocationFails;
      if (fails === null) Object.assign(provisioned, { status: 'READY', available: provisioned.requested });
      else Object.assign(provisioned, { status: 'FAILED', reason: fails });
    }
    return {
      RequestedProvisionedConcurrentExecutions: provisioned.requested,
      AvailableProvisionedConcurrentExecutions: provisioned.available,
      Status: provisioned.status,
      StatusReason: provisioned.reason,
    };
  },
  PutProvisionedConcurrencyConfig(account, { ProvisionedConcurrentExecutions: wanted }) {
    // What is left unreserved may not fall below 100 (Lambda, "Reserved concurrency").
    if (wanted > account.concurrency - 100) {
      throw new FakeAwsError('InvalidParameterValueException', 'decreases UnreservedConcurrentExecution');
    }
    account.changes.push(`environments ${wanted}`);
    account.provisioned = { requested: wanted, available: 0, status: 'IN_PROGRESS' };
    account.underWay.environments = account.looksUntilThere;
    return {};
  },
  DescribeScalableTargets: ({ scaling }) => ({
    ScalableTargets: scaling === null ? [] : [{ MinCapacity: scaling.min, MaxCapacity: scaling.max }],
  }),
  RegisterScalableTarget(account, { MinCapacity: min, MaxCapacity: max }) {
    account.changes.push(`bounds ${min} to ${max}`);
    account.scaling = { min, max };
    return {};
  },
  GetCapacityProvider: ({ capacityProvider }) => ({ CapacityProvider: { State: capacityProvider } }),
  ListEventSourceMappings: ({ mappings }) => ({
    EventSourceMappings: mappings.map(({ arn, state }) => ({ EventSourceArn: arn, State: state })),
  }),
  GetMetricStatistics: ({ spilledOver }) => ({ Datapoints: spilledOver.map((Sum) => ({ Sum })) }),

  DescribeStreamSummary(account) {
    const { stream } = account;
    if (stream.status === 'UPDATING' && isThere(account, 'shards')) stream.status = 'ACTIVE';
    return {
      StreamDescriptionSummary: {
        StreamStatus: stream.status,
        OpenShardCount: stream.shards,
        RetentionPeriodHours: stream.retentionHours,
        EncryptionType: stream.encryption,
      },
    };
  },
  UpdateShardCount(account, { TargetShardCount: wanted }) {
    const { stream } = account;
    if (stream.status !== 'ACTIVE') throw new FakeAwsError('ResourceInUseException', stream.status);
    if (wanted > stream.shards * 2 || wanted < stream.shards / 2) {
      throw new FakeAwsError('LimitExceededException', 'UpdateShardCount doubles or halves');
    }
    account.changes.push(`shards ${wanted}`);
    Object.assign(stream, { shards: wanted, status: 'UPDATING' });
    account.underWay.shards = account.looksUntilThere;
    return {};
  },

  DescribeLoadBalancers: ({ loadBalancer }) => ({ LoadBalancers: [{ State: { Code: loadBalancer.state } }] }),
  DescribeListeners: ({ loadBalancer }) => ({
    Listeners: [{ DefaultActions: [{ Type: 'forward', TargetGroupArn: loadBalancer.forwardsTo }] }],
  }),
  DescribeTargetHealth({ loadBalancer }, { TargetGroupArn }) {
    if (TargetGroupArn !== ingestTargets) throw new FakeAwsError('TargetGroupNotFound', TargetGroupArn);
    return { TargetHealthDescriptions: loadBalancer.targets.map((Id) => ({ Target: { Id } })) };
  },
  DescribeCapacityReservation(account) {
    const { reservation } = account;
    const isPending = reservation.states.some(({ code }) => code === 'pending');
    if (isPending && isThere(account, 'reservation')) reservation.states = threeTimes('provisioned');
    return {
      MinimumLoadBalancerCapacity: { CapacityUnits: reservation.units },
      CapacityReservationState: reservation.states.map(({ code, reason }) => ({
        State: { Code: code, Reason: reason },
      })),
    };
  },
  ModifyCapacityReservation(account, input) {
    const units = Number(input['MinimumLoadBalancerCapacity.CapacityUnits']);
    if (account.reservation.states.some(({ code }) => code === 'pending')) {
      throw new FakeAwsError('CapacityReservationPending', 'one is pending');
    }
    account.changes.push(`reservation ${units}`);
    account.reservation = { units, states: threeTimes('pending') };
    account.underWay.reservation = account.looksUntilThere;
    return {};
  },

  GetQueueAttributes({ deadLetters }, { QueueUrl }) {
    if (!String(QueueUrl).endsWith('/dead-letters')) throw new FakeAwsError('QueueDoesNotExist', QueueUrl);
    return {
      Attributes: {
        ApproximateNumberOfMessages: String(deadLetters.visible),
        ApproximateNumberOfMessagesNotVisible: String(deadLetters.invisible),
      },
    };
  },
  DescribeDBClusters: ({ database }) => ({
    DBClusters: {
      one: 'DBCluster',
      list: [
        {
          Status: database.status,
          DBClusterMembers: {
            one: 'DBClusterMember',
            list: database.instances.map(({ id, isWriter }) => ({
              DBInstanceIdentifier: id,
              IsClusterWriter: isWriter,
            })),
          },
        },
      ],
    },
  }),
  DescribeDBInstances: ({ database }) => ({
    DBInstances: {
      one: 'DBInstance',
      list: database.instances.map(({ id, status, zone, tier }) => ({
        DBInstanceIdentifier: id,
        PromotionTier: tier,
        DBInstanceStatus: status,
        AvailabilityZone: zone,
      })),
    },
  }),

  CreateSecret({ secrets }, { Name, SecretString, ClientRequestToken }) {
    if (secrets.has(Name)) throw new FakeAwsError('ResourceExistsException', `${Name} is there`);
    secrets.set(Name, new Map([[ClientRequestToken, SecretString]]));
    return { Name, VersionId: ClientRequestToken };
  },
  GetSecretValue(account, { SecretId }) {
    const [VersionId, SecretString] = [...versionsOf(account, SecretId)].at(-1) ?? [];
    return { Name: SecretId, VersionId, SecretString };
  },
  // As the API reference has it: a version's content never changes.
  PutSecretValue(account, { SecretId, SecretString, ClientRequestToken }) {
    const versions = versionsOf(account, SecretId);
    const there = versions.get(ClientRequestToken);
    if (there !== undefined && there !== SecretString)
      throw new FakeAwsError('ResourceExistsException', 'a version of this id has another content');
    versions.set(ClientRequestToken, SecretString);
    return { Name: SecretId, VersionId: ClientRequestToken };
  },
};
