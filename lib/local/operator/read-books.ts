import pg from 'pg';

/** What the batches from one shard, or from the queue, came to. */
export interface SourceBooks {
  readonly source: 'kinesis' | 'sqs';
  readonly shard: string;
  readonly recorded: number;
  readonly repeated: number;
  readonly duplicates: number;
  readonly quarantined: number;
  /** In the last seconds. */
  readonly recordedPerSecond: number;
  /** The lowest sequence number that a batch of this shard began with. */
  readonly firstSequence: string;
  /** The highest that one ended with: a shard's batches are recorded in order. */
  readonly lastSequence: string;
}

export interface WriterBooks {
  readonly sources: readonly SourceBooks[];
  readonly unaccounted: number;
  readonly quarantine: readonly { readonly reason: string; readonly records: number }[];
}

const statementMsMax = 5_000;
const rateSeconds = 10;

/** @param url of the role `auditor`, who may look into the batches and into quarantine, and at no vote */
export async function readWriterBooks(url: string): Promise<WriterBooks> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 2_000,
    statement_timeout: statementMsMax,
    application_name: 'ballotstream-operator',
  });
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    const { rows: sources } = await client.query<SourceBooks>({
      text: `select source, shard, sum(recorded)::float8 as recorded, sum(repeated)::float8 as repeated,
          sum(duplicates)::float8 as duplicates, sum(quarantined)::float8 as quarantined,
          coalesce(sum(recorded) filter (where recorded_at > clock_timestamp() - make_interval(secs => $1)), 0)::float8
            / $1 as "recordedPerSecond",
          coalesce(min(case source when 'kinesis' then first_sequence::numeric end)::text, '') as "firstSequence",
          coalesce(max(case when source = 'kinesis' then last_sequence::numeric end)::text, '') as "lastSequence"
        from writer_batch
        group by source, shard
        order by source, shard`,
      values: [rateSeconds],
    });
    const { rows: books } = await client.query<{ unaccounted: number }>(
      'select unaccounted::float8 as unaccounted from check_books()',
    );
    const { rows: quarantine } = await client.query<{ reason: string; records: number }>(
      'select reason, count(*)::float8 as records from quarantine group by reason order by records desc, reason limit 20',
    );
    await client.query('commit');
    return {
      sources,
      unaccounted: books[0]?.unaccounted ?? 0,
      quarantine,
    };
  } finally {
    await client.end();
  }
}
