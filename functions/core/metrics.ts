/**
 * Every metric of ours, with its unit, in one place: functions write them, alarms and the dashboard
 * read them. What AWS counts itself (records into the stream, age of the oldest) is not counted again.
 */

/** Where they stand in CloudWatch. */
export const metricsNamespace = 'Ballotstream';

/** On every metric: the name of the deployed function, so that two stages in one account stay apart. */
export const serviceDimension = 'service';
/** On `Refused`, beside the total: the code of the problem. */
export const problemDimension = 'problem';

export const metricUnits = {
  // ingest: votes, written every few seconds an environment. Rates, never part of the accounting: an
  // environment that is taken down between two lines takes a few seconds' counts with it.
  AcceptedByStream: 'Count',
  AcceptedByOverflow: 'Count',
  Refused: 'Count',
  NotDurable: 'Count',
  /** Entries that a call to the stream did not store: offered to it again, or to the overflow queue. */
  PutFailures: 'Count',

  // writer: records, written with every batch. The four add up to what was delivered and recorded.
  Recorded: 'Count',
  Repeated: 'Count',
  Duplicates: 'Count',
  Quarantined: 'Count',
  BatchesFailed: 'Count',
  /** From the moment the oldest record of a batch came into the stream or queue until its commit. */
  RecordAge: 'Milliseconds',

  // results: answers from the database, that is, what the edge's cache did not have.
  ResultsServed: 'Count',
  ReceiptsServed: 'Count',

  // maintenance: once a minute.
  BallotsInDefaultPartitions: 'Count',
  RecordsInQuarantine: 'Count',
  /** By how much audit trail, tally and tables disagree: see `readBooks`. */
  Unaccounted: 'Count',
  OldestPendingFold: 'Seconds',
  MaintenanceFailures: 'Count',
} as const satisfies Record<string, 'Count' | 'Milliseconds' | 'Seconds'>;

export type MetricName = keyof typeof metricUnits;
