import { PgoutputPlugin } from 'pg-logical-replication';
import { ballotText } from './ballot-count.ts';
import { type CountState, parsePosition } from './count-file.ts';
import type { Difference } from './difference.ts';

/** Counts what a change stream says. Between two transactions it is exact. */
export interface ChangeCounter {
  readonly state: CountState;
  apply(message: Buffer): void;
  /** The server says that everything before it was sent. */
  advance(position: bigint): void;
  isBetweenTransactions(): boolean;
  /** What the publication is now: who changed it, even for a moment, can have hidden changes from the stream. */
  notePublication(definition: string): void;
  /** Called before the first transaction at or beyond `position` is counted, or when it is known that there is none yet. */
  at(position: bigint, work: () => void): void;
}

type Message = ReturnType<PgoutputPlugin['parse']>;
type Columns = Readonly<Record<string, string>>;

export function createChangeCounter(start: CountState, onAlarm: (alarm: Difference) => void): ChangeCounter {
  const plugin = new PgoutputPlugin({ protoVersion: 1, publicationNames: [] });
  const state = { ...start, alarms: [...start.alarms] };
  let inTransaction = false;
  let stop: { readonly position: bigint; readonly work: () => void } | null = null;

  const reach = (position: bigint): void => {
    if (stop === null || position < stop.position) return;
    const { work } = stop;
    stop = null;
    work();
  };
  const alarm = (text: string, partitions: readonly string[]): void => {
    const found: Difference = { kind: 'forbidden-change', text, partitions };
    state.alarms.push(found);
    onAlarm(found);
  };

  const applyMessage = (message: Message): void => {
    switch (message.tag) {
      case 'begin':
        // Of the commit record: what lies before a slot's position is in the slot's snapshot.
        reach(parsePosition(message.commitLsn ?? '0/0'));
        inTransaction = true;
        return;
      case 'relation':
        // As PostgreSQL wrote it: dates and times in no zone of ours.
        for (const column of message.columns) column.parser = (text: string) => text;
        return;
      case 'insert':
        state.count.add(Buffer.from(textOf(message.new as Columns), 'latin1'));
        return;
      case 'update':
      case 'delete':
        alarm(`${message.tag} of ballot ${idOf(message)}`, [nameOf(message.relation)]);
        return;
      case 'truncate':
        for (const relation of message.relations) alarm('truncate', [nameOf(relation)]);
        return;
      case 'commit':
        inTransaction = false;
        state.position = parsePosition(message.commitEndLsn ?? '0/0');
        reach(state.position);
        return;
      case 'message':
      case 'origin':
      case 'type':
        return;
    }
  };

  return {
    state,
    apply: (bytes) => applyMessage(plugin.parse(bytes)),
    advance(position) {
      if (inTransaction) return;
      if (position > state.position) state.position = position;
      reach(state.position);
    },
    isBetweenTransactions: () => !inTransaction,
    notePublication(definition) {
      if (state.publication !== null && state.publication !== definition)
        alarm(
          'the publication was changed since it was last looked at: changes of ballots may be hidden',
          [],
        );
      state.publication = definition;
    },
    at(position, work) {
      stop = { position, work };
    },
  };
}

const idOf = ({ old, key }: Extract<Message, { tag: 'update' | 'delete' }>): string =>
  String(((old ?? key) as Columns | null)?.['id'] ?? 'unknown');

const nameOf = ({ schema, name }: { readonly schema: string; readonly name: string }): string =>
  schema === 'public' ? name : `${schema}.${name}`;

const textOf = (row: Columns): string =>
  ballotText({
    castOn: row['cast_on'] ?? '',
    electionNo: row['election_no'] ?? '',
    region: row['region'] ?? '',
    station: row['station'] ?? '',
    channel: row['channel'] ?? '',
    castAt: row['cast_at'] ?? '',
    lines: row['lines'] ?? '{}',
    id: row['id'] ?? '',
  });
