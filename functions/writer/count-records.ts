import type { ElectionId } from '../../schema/wire/ids.ts';
import type { StreamRecord } from '../../schema/wire/record.ts';
import { countRecord } from '../core/count-record.ts';
import type { Election } from '../core/election.ts';
import type {
  CountableVote,
  DefinitionSource,
  QuarantineReason,
  Uncountable,
  VoteStore,
} from '../core/ports.ts';
import { quarantineKeyOf, quarantineKeyOfBytes } from '../core/quarantine.ts';
import { decodeRecord } from '../core/record.ts';
import type { TallyNumbers } from '../core/tally.ts';

export interface CountDependencies {
  readonly definitions: DefinitionSource;
  readonly store: VoteStore;
}

export interface CountedRecords {
  readonly votes: CountableVote[];
  readonly uncountable: Uncountable[];
}

/** Turns delivered bytes into votes and into what goes to quarantine; every record becomes one of them. */
export type RecordCounter = (records: readonly Uint8Array[]) => Promise<CountedRecords>;

/**
 * Throws UnavailableError while the object store or the database cannot be asked about an election
 * that is not in memory: an outage is no reason to put a vote into quarantine.
 */
export function createRecordCounter({ definitions, store }: CountDependencies): RecordCounter {
  const numbersOf = new WeakMap<Election, TallyNumbers>();

  async function lookUp(
    electionId: ElectionId,
    version: number,
  ): Promise<{ election: Election; numbers: TallyNumbers } | null> {
    const election = await definitions.at(electionId, version);
    if (election === null) return null;
    let numbers = numbersOf.get(election);
    if (numbers === undefined) {
      numbers = await store.register(election);
      numbersOf.set(election, numbers);
    }
    return { election, numbers };
  }

  return async (records) => {
    const result: CountedRecords = { votes: [], uncountable: [] };
    const lookUps = new Map<string, ReturnType<typeof lookUp>>();
    for (const bytes of records) {
      const decoded = decodeRecord(bytes);
      if (!decoded.ok) {
        result.uncountable.push({
          key: quarantineKeyOfBytes(bytes),
          reason: decoded.fault,
          bytes,
          electionNo: null,
        });
        continue;
      }
      const { record } = decoded;
      const lookUpKey = `${record.election} ${record.definition}`;
      const known = lookUps.get(lookUpKey) ?? lookUp(record.election, record.definition);
      lookUps.set(lookUpKey, known);
      const found = await known;
      const counted = found === null ? null : countRecord(record, bytes, found.election, found.numbers);
      if (counted?.ok) result.votes.push(counted.vote);
      else
        result.uncountable.push(
          toUncountable(record, bytes, counted?.reason ?? 'unknown-election', found?.numbers),
        );
    }
    return result;
  };
}

function toUncountable(
  record: StreamRecord,
  bytes: Uint8Array,
  reason: QuarantineReason,
  numbers: TallyNumbers | undefined,
): Uncountable {
  return { key: quarantineKeyOf(record), reason, bytes, electionNo: numbers?.electionNo ?? null };
}
