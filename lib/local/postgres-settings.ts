/** What may differ from one local server to the next. */
export type PostgresSettings = {
  /**
   * `true`, the default: a commit is on disk before it is answered. `false` only for tests: a
   * commit still outlives a kill of the server, but not a power cut.
   */
  readonly durable?: boolean;
  /** Default 256. The index of participation is random; it should fit. */
  readonly sharedBuffersMb?: number;
  /** Default 100. */
  readonly connectionsMax?: number;
  /** Any other server setting by name; wins over the ones here. */
  readonly extra?: Readonly<Record<string, string>>;
};

/**
 * For data that goes with a test. Its dynamic shared memory is in the data directory: a server that is killed and never started
 * again leaves what it had in /dev/shm for good otherwise.
 */
const passing = { fsync: 'off', full_page_writes: 'off', dynamic_shared_memory_type: 'mmap' } as const;

/** The server's command line after the data directory. Pure. */
export function postgresArguments(port: number, settings: PostgresSettings): string[] {
  const values: Record<string, string> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    shared_buffers: `${settings.sharedBuffersMb ?? 256}MB`,
    max_connections: String(settings.connectionsMax ?? 100),
    // One transaction may lock every partition and its indexes (several hundred relations): the
    // table of locks holds this number times the connections.
    max_locks_per_transaction: '256',
    // Bounds how much a start after a kill has to replay: about 5 s here.
    max_wal_size: '2GB',
    checkpoint_timeout: '10min',
    // Enough for a standby and for the independent count, without another restart.
    wal_level: 'logical',
    max_wal_senders: '10',
    max_replication_slots: '10',
    // A follower that stays away must not fill the disk: then its slot is lost, and it begins anew.
    max_slot_wal_keep_size: '2GB',
    // Plans over hundreds of partitions look expensive enough to compile, and never are.
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    ...(settings.durable === false ? passing : {}),
    ...settings.extra,
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
