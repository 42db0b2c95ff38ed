import type { CapacityPlan } from '../capacity.ts';
import type { Stage } from '../stages.ts';

/** Something AWS was asked; or why it did not say. */
export type Asked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: string };

/** "Concurrent executions" of Lambda. */
export const concurrencyCode = 'L-B99A9384';
/** "Reserved Application Load Balancer Capacity Units per Region". */
export const reservationCode = 'L-8A66D0E6';

/** A quota that has to be raised for the plan: its name, its code and what is needed. */
export type Quota = CapacityPlan['quotaIncreases'][number];

/** What is to be: the stage as it was deployed, and what AWS has to allow for it. */
export interface Goal {
  readonly stage: Stage;
  readonly quotas: readonly Quota[];
}

/** What AWS reports of a stage that is deployed. */
export interface Reading {
  readonly stacks: Asked<readonly { readonly part: string; readonly status: string }[]>;
  readonly quotas: Asked<readonly QuotaReading[]>;
  readonly ingest: Asked<IngestReading>;
  /** Null: ingest keeps no environments ready. */
  readonly environments: Asked<EnvironmentsReading | null>;
  /** State of what provides instances to ingest; null: it runs on none of ours. */
  readonly instances: Asked<string | null>;
  /** Invocations in the last 15 minutes that found no environment ready. */
  readonly spillOver: Asked<number>;
  readonly stream: Asked<StreamReading>;
  /** What feeds the writer. */
  readonly mappings: Asked<readonly { readonly source: 'stream' | 'queue'; readonly state: string }[]>;
  readonly loadBalancer: Asked<LoadBalancerReading>;
  readonly reservation: Asked<ReservationReading>;
  readonly deadLetters: Asked<number>;
  /** Null: the stage has a database of somebody else's. */
  readonly database: Asked<DatabaseReading | null>;
}

export interface QuotaReading {
  readonly quota: Quota;
  /** What this account may have; null: AWS publishes no such quota. */
  readonly allowed: number | null;
}

export interface IngestReading {
  /** That callers get. */
  readonly version: string;
  /** That CloudFormation deployed last; null: it does not say. */
  readonly deployedVersion: string | null;
  /** Some calls go to another version. */
  readonly isSplit: boolean;
}

export interface EnvironmentsReading {
  /** Null: none are configured. */
  readonly provisioned: {
    readonly requested: number;
    readonly available: number;
    readonly status: string;
    /** AWS's, of an allocation that failed. */
    readonly reason: string;
  } | null;
  /** Bounds of scaling by the clock; null: nothing scales. */
  readonly scaling: { readonly min: number; readonly max: number } | null;
}

export interface StreamReading {
  readonly status: string;
  readonly openShards: number;
  readonly retentionHours: number;
  readonly isEncrypted: boolean;
}

export interface LoadBalancerReading {
  readonly state: string;
  /** What comes in goes to the target group of ingest, where nothing else is said. */
  readonly isHeard: boolean;
  /** Functions that ingest's target group calls. */
  readonly targets: readonly string[];
  /** The version of ingest that it should call. */
  readonly liveAlias: string;
}

export interface ReservationReading {
  readonly units: number;
  /** One a zone. */
  readonly states: readonly string[];
  /** AWS's, of a zone that failed. */
  readonly reason: string;
}

export interface DatabaseReading {
  readonly status: string;
  readonly instances: readonly {
    readonly id: string;
    readonly isWriter: boolean;
    /** May become the writer before those that are kept for analysts. */
    readonly takesOver: boolean;
    readonly status: string;
    readonly zone: string;
  }[];
}
