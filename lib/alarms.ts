/** What an alarm asks of people. */
export type Severity =
  /** Votes are being lost, refused or not counted, or will be before morning: wake somebody. */
  | 'page'
  /** Nothing is lost and somebody has hours: in the day. */
  | 'ticket';

/** When a number is too much, minute by minute. */
export interface NumberRule {
  readonly severity: Severity;
  /** One sentence: what is wrong when it is on. The rest is in the runbook. */
  readonly says: string;
  /** Breached above this. */
  readonly above: number;
  /** On when that many of the last minutes breach. */
  readonly minutes: number;
  readonly ofMinutes: number;
  /**
   * What no data means: `fine` where nothing is written when nothing happens (most of AWS's error
   * counts), `bad` where the number itself is the sign of life.
   */
  readonly silence: 'fine' | 'bad';
}

/** When something that happened once is enough; the event itself is sent. */
export interface EventRule {
  readonly severity: Severity;
  readonly says: string;
}

const at = (
  severity: Severity,
  says: string,
  above: number,
  [minutes, ofMinutes]: readonly [number, number] = [1, 1],
  silence: NumberRule['silence'] = 'fine',
): NumberRule => ({ severity, says, above, minutes, ofMinutes, silence });

const minuteMs = 60_000;

/**
 * Every alarm on a number: one for each way a vote could be lost, refused or late. Each has an entry
 * of its name in the README's runbook; test/infra/runbook.test.ts compares the two.
 */
export const numberAlarms = {
  // Accepted votes that might not be counted.
  unaccounted: at('page', 'Audit trail, tally and tables do not agree on the number of votes.', 0),
  'books-unread': at('page', 'Nobody has compared the books for ten minutes.', 0, [10, 10], 'bad'),
  'stream-unreconciled': at(
    'ticket',
    'Over a day and a night, fewer records were recorded than the stream and the overflow queue took.',
    0,
  ),
  quarantine: at('page', 'A record that was accepted could not be counted.', 0),
  undeliverable: at('page', 'Lambda gave up records of the stream.', 0),
  'undeliverable-lost': at('page', 'Lambda gave up records and could not put them into their bucket.', 0),
  'dead-letters': at('page', 'Votes of the overflow queue lie among the dead letters.', 0),

  // Votes on their way that are late.
  'stream-stalled': at(
    'page',
    'Votes come into the stream, and none has been recorded for five minutes.',
    0,
    [5, 5],
  ),
  'stream-lag': at('ticket', 'A vote waits longer than five minutes to be recorded.', 5 * minuteMs, [5, 5]),
  // The longest drain of the plan for the peak is 100 minutes; the stream keeps votes for seven days.
  'stream-lag-severe': at(
    'page',
    'A vote waits longer than two hours to be recorded.',
    120 * minuteMs,
    [5, 5],
  ),
  'overflow-in-use': at('ticket', 'Votes take the way round the stream.', 0, [3, 5]),
  'overflow-lag': at('page', 'A vote has waited for ten minutes in the overflow queue.', 600, [3, 3]),
  'writer-failing': at('page', 'Batches of votes fail and are delivered again.', 0, [5, 5]),
  'writer-throttled': at('ticket', 'Lambda does not run the writer as often as it should.', 0, [3, 5]),
  'default-partition': at('ticket', 'Ballots lie in a partition that nobody made for them.', 0),
  'fold-late': at('ticket', 'Sums have waited for ten minutes to be folded into the tally.', 600, [3, 3]),
  'maintenance-failing': at('ticket', 'Steps of the maintenance fail.', 0, [5, 5]),

  // Votes that are not accepted.
  'not-durable': at(
    'page',
    'Neither the stream nor the overflow queue took a vote; its client was told to retry.',
    0,
  ),
  'ingest-errors': at('page', 'More than 0.1 % of the requests to ingest end in 5xx.', 0.1, [2, 3]),
  'ingest-failing': at('page', 'Lambda counts errors of ingest: timeouts or crashes.', 0, [2, 3]),
  'ingest-throttled': at('page', 'Lambda refuses to run ingest: out of concurrency.', 0),
  'ingest-spillover': at('page', 'Requests outgrow the environments kept ready.', 0),
  'stream-throttled': at('page', 'The stream refuses records: a shard is at its limit.', 0, [3, 5]),
  'put-failures': at('ticket', 'Calls to the stream fail and are repeated.', 0, [5, 5]),
  'load-balancer-errors': at('page', 'The load balancer itself answers 5xx.', 0, [2, 3]),
  'load-balancer-full': at('page', 'The load balancer turns connections away.', 0),
  'load-balancer-units': at(
    'ticket',
    'More than 80 % of the reserved load balancer capacity is in use.',
    80,
    [3, 5],
  ),
  'edge-errors': at('page', 'More than 1 % of all answers to the internet are 5xx.', 1, [2, 3]),
  'edge-blocking': at('ticket', 'The firewall turns away more than 5 % of all requests.', 5, [5, 5]),
  canary: at('page', 'From outside, the service does not answer as it should.', 0, [3, 5], 'bad'),

  // What they all stand on.
  'database-cpu': at('ticket', 'The database’s writer is at its limit.', 90, [10, 10]),
  'database-memory': at('ticket', 'The serverless database cannot grow any more.', 95, [10, 10]),
  'database-connections': at(
    'ticket',
    'The proxy uses over 80 % of the connections it may open.',
    80,
    [5, 5],
  ),
  'database-deadlocks': at('ticket', 'Transactions keep deadlocking.', 1, [5, 5]),
  // Autovacuum turns aggressive at 200 million; PostgreSQL stops taking writes near 2,000 million.
  'database-transaction-ids': at('ticket', 'Transaction ids run out in the end.', 1_000_000_000, [5, 5]),
  'database-local-storage': at('ticket', 'An instance of the database runs out of local storage.', 0, [5, 5]),
  'replica-lag': at('ticket', 'Results are older than ten seconds.', 10_000, [5, 5]),
  'proxy-pinning': at('ticket', 'Connections are pinned: the proxy cannot share them.', 0, [5, 10]),
  'proxy-waiting': at('ticket', 'Functions wait over a second for a connection.', 1_000_000, [3, 5]),
  'results-errors': at('ticket', 'More than 1 % of the requests for results end in 5xx.', 1, [3, 5]),
  'issuer-failing': at('page', 'Requests for passes fail: voters without one cannot vote.', 0, [3, 5]),
  'provider-keys-failing': at(
    'ticket',
    'Keys of an identity provider cannot be fetched.',
    0,
    // Fetched every five minutes.
    [3, 20],
  ),
} as const satisfies Record<string, NumberRule>;

/** Every notice of an event. */
export const eventAlarms = {
  'database-failover': { severity: 'page', says: 'The database’s writer has failed over, or is about to.' },
  'deployment-failed': {
    severity: 'ticket',
    says: 'A deployment or its migration failed and was rolled back.',
  },
  'audit-tampering': {
    severity: 'page',
    says: 'Somebody touched what proves or keeps votes: the audit trail, a key, the stream’s retention.',
  },
  'root-login': { severity: 'ticket', says: 'Somebody logged in as the account’s root.' },
} as const satisfies Record<string, EventRule>;

export type NumberAlarm = keyof typeof numberAlarms;
export type EventAlarm = keyof typeof eventAlarms;

/** Where a person who is woken reads what to do. */
export const runbookAnchor = (name: NumberAlarm | EventAlarm): string => `README.md#runbook-${name}`;
