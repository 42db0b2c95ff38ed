import pg from 'pg';
import { connectionFor, connectMsMax } from '../../functions/adapters/postgres/pool.ts';
import { CountError } from './count-error.ts';
import { formatPosition, parsePosition } from './count-file.ts';

/**
 * PostgreSQL's replication protocol over node-postgres. `pg-logical-replication` decodes what comes
 * (`PgoutputPlugin`), but its service is not used: it acknowledges what was merely received (every ten seconds, the
 * last position of all, one byte beyond), answers no request for a reply, decodes a whole read before it applies
 * back-pressure, and has no way to the snapshot that goes with a slot.
 */
export interface Replication {
  identify(): Promise<{ readonly systemId: string; readonly timeline: number }>;
  /** Where `timeline` ended, and the next one began. Null: it is not among the ancestors of `present`. */
  endOfTimeline(timeline: number, present: number): Promise<bigint | null>;
  /**
   * Makes a logical slot and exports the snapshot that goes with it, exactly: what was committed before the
   * position is in the snapshot, what is committed after comes in the stream. The snapshot is good until the
   * next command on this connection. Waits for transactions under way, while others go on.
   */
  createSlot(
    name: string,
    options: { readonly temporary: boolean; readonly failover: boolean },
  ): Promise<{ readonly position: bigint; readonly snapshotId: string }>;
  dropSlot(name: string): Promise<void>;
  /** Streams until `close`; rejects when it breaks. Handlers are called one after the other, in order. */
  stream(options: StreamOptions): Promise<void>;
  /** @param received with `wantsReply` the server answers with how far it is */
  tell(received: bigint, kept: bigint, wantsReply: boolean): void;
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

export interface StreamOptions {
  readonly slot: string;
  readonly from: bigint;
  readonly publication: string;
  onMessage(message: Buffer): void;
  /** Everything committed before it has been sent. */
  onPosition(position: bigint, wantsReply: boolean): void;
}

const xLogData = 0x77;
const keepalive = 0x6b;
const xLogHeaderBytes = 25;
const statusUpdate = 0x72;
/** PostgreSQL's time begins with the year 2000. */
const postgresEpochMs = 946_684_800_000;

/** Logs in for replication on `url`'s database. Throws what the database throws. */
export async function openReplication(url: string): Promise<Replication> {
  const settings: pg.ClientConfig & { readonly replication: 'database' } = {
    ...connectionFor(new URL(url)),
    replication: 'database',
    application_name: 'ballotstream-count',
    connectionTimeoutMillis: connectMsMax,
    keepAlive: true,
    options: '-c timezone=UTC -c datestyle=ISO',
  };
  const client = new pg.Client(settings);
  // Whatever is under way hears of it; without a listener it would end the process.
  client.on('error', () => {});
  await client.connect();
  const { connection } = client as unknown as { readonly connection: CopyBothConnection };
  const ask = async (command: string) => (await client.query<Record<string, string>>(command)).rows[0] ?? {};
  return {
    async identify() {
      const row = await ask('IDENTIFY_SYSTEM');
      return { systemId: String(row['systemid']), timeline: Number(row['timeline']) };
    },
    async endOfTimeline(timeline, present) {
      if (present <= 1) return null;
      const row = await ask(`TIMELINE_HISTORY ${present}`);
      return findSwitch(String(row['content']), timeline);
    },
    async createSlot(name, { temporary, failover }) {
      const options = ["SNAPSHOT 'export'", ...(failover ? ['FAILOVER true'] : [])].join(', ');
      const row = await ask(
        `CREATE_REPLICATION_SLOT "${name}" ${temporary ? 'TEMPORARY ' : ''}LOGICAL pgoutput (${options})`,
      );
      return {
        position: parsePosition(String(row['consistent_point'])),
        snapshotId: String(row['snapshot_name']),
      };
    },
    async dropSlot(name) {
      await ask(`DROP_REPLICATION_SLOT "${name}"`);
    },
    async stream(options) {
      const ended = new Promise<never>((_, reject) => {
        client.once('end', () => reject(new Error('the connection has ended')));
        connection.on('copyData', ({ chunk }) => {
          try {
            dispatch(chunk, options);
          } catch (error) {
            // Nothing after it may be counted.
            connection.stream.pause();
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        });
      });
      const streaming = client.query(
        `START_REPLICATION SLOT "${options.slot}" LOGICAL ${formatPosition(options.from)} (proto_version '1', publication_names '${options.publication}')`,
      );
      await Promise.race([streaming, ended]).catch((error: unknown) => {
        throw nameError(error, options.slot);
      });
    },
    tell(received, kept, wantsReply) {
      connection.sendCopyFromChunk(encodeStatus(received, kept, wantsReply));
    },
    pause: () => connection.stream.pause(),
    resume: () => connection.stream.resume(),
    close: () => client.end(),
  };
}

/** Of node-postgres, and without types. */
interface CopyBothConnection {
  on(event: 'copyData', listener: (message: { readonly chunk: Buffer }) => void): void;
  sendCopyFromChunk(chunk: Buffer): void;
  readonly stream: { pause(): void; resume(): void };
}

function dispatch(chunk: Buffer, options: StreamOptions): void {
  if (chunk[0] === xLogData) options.onMessage(chunk.subarray(xLogHeaderBytes));
  else if (chunk[0] === keepalive)
    options.onPosition(chunk.readBigUInt64BE(1), chunk.readUInt8(chunk.length - 1) === 1);
}

function encodeStatus(received: bigint, kept: bigint, wantsReply: boolean): Buffer {
  const status = Buffer.alloc(34);
  status.writeUInt8(statusUpdate, 0);
  status.writeBigUInt64BE(received, 1);
  // Flushed and applied: the server may forget what lies before.
  status.writeBigUInt64BE(kept, 9);
  status.writeBigUInt64BE(kept, 17);
  status.writeBigInt64BE(BigInt(Date.now() - postgresEpochMs) * 1000n, 25);
  status.writeUInt8(wantsReply ? 1 : 0, 33);
  return status;
}

/** A line each: timeline, where it ended, why. */
function findSwitch(history: string, timeline: number): bigint | null {
  for (const line of history.split('\n')) {
    const [number, position] = line.trim().split(/\s+/);
    if (Number(number) === timeline && position !== undefined) return parsePosition(position);
  }
  return null;
}

/** By SQLSTATE: no such slot; in use; not in the state for it, which is what a slot that lost its log says. */
function nameError(error: unknown, slot: string): unknown {
  const state = error instanceof pg.DatabaseError ? error.code : undefined;
  if (state === '42704') return slotLost(slot, error);
  if (state === '55006')
    return new CountError('slot-busy', `another count reads from slot ${slot}: stop it first`, {
      cause: error,
    });
  if (state === '55000') return slotLost(slot, error);
  return error;
}

export const slotLost = (slot: string, cause?: unknown): CountError =>
  new CountError(
    'slot-lost',
    `slot ${slot} is gone, or what it kept of the log is: what was recorded since cannot be followed. --fresh counts every ballot anew (then: npm run recount -- --against FILE.previous)`,
    { cause },
  );
