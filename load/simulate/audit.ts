import { checkAccounting } from '../../functions/core/accounting.ts';
import { quarantineKeyOf, quarantineKeyOfBytes } from '../../functions/core/quarantine.ts';
import { decodeRecord } from '../../functions/core/record.ts';
import { linesOf, unitsOf } from '../../functions/core/tally.ts';
import type { StreamRecord } from '../../schema/wire/record.ts';
import type { Book, Wish } from './book.ts';
import { addPending, cellOf, type Tables, type TotalsRow } from './database/tables.ts';
import { simElection, simNumbers } from './sim-election.ts';

/** One entry that stream or queue took. */
export interface Taken {
  readonly data: Buffer;
  /** Smaller was taken earlier, wherever. */
  readonly order: number;
  readonly where: 'stream' | 'queue';
}

/** All that an auditor looks at, once everything is drained. */
export interface Facts {
  readonly book: Book;
  readonly taken: readonly Taken[];
  readonly tables: Tables;
}

/** The audit's sentences, each the beginning of the violations that it finds. */
export const sentences = {
  acknowledged: 'an acknowledged vote is not recorded, a duplicate or in quarantine',
  uncast: 'something is recorded that nobody cast',
  twice: 'a voter key is recorded twice',
  tally: 'the tally is not the recount',
  accounting: 'accepted is not recorded + duplicate + quarantined',
  order: "a voter's first ballot does not stand",
  trail: 'the audit trail does not agree with the tables',
} as const;

/** Everything that does not hold; none, if the pipeline keeps its promises. */
export function audit(facts: Facts): string[] {
  return [
    ...lostVotes(facts),
    ...uncastVotes(facts),
    ...doubleVotes(facts.tables),
    ...tallyDifferences(facts.tables),
    ...accountingDifferences(facts),
    ...wrongOrder(facts),
    ...trailDifferences(facts.tables),
  ];
}

const voteOf = (vote: { readonly voterKey: string; readonly ballotId: string }): string =>
  `${vote.voterKey} ${vote.ballotId}`;

/** By quarantine key, which is the same for every delivery of a vote. */
const keyOfWish = ({ voterKey }: Wish, ballotId: string): string =>
  Buffer.from(
    quarantineKeyOf({ election: simElection.definition.election, voterKey, ballotId } as StreamRecord),
  ).toString('hex');

function lostVotes({ book, tables }: Facts): string[] {
  const stored = new Set([...tables.participation, ...tables.duplicateAttempt].map(voteOf));
  const kept = new Map(tables.quarantine.map((row) => [row.key, row.bytes]));
  return book.wishes.flatMap((wish) =>
    [...wish.acknowledged].flatMap((ballotId) => {
      if (stored.has(voteOf({ voterKey: wish.voterKey, ballotId }))) return [];
      const decoded = decodeRecord(kept.get(keyOfWish(wish, ballotId)) ?? Buffer.alloc(0));
      return decoded.ok && decoded.record.ballotId === ballotId
        ? []
        : [`${sentences.acknowledged}: ${wish.name}`];
    }),
  );
}

function uncastVotes({ book, taken, tables }: Facts): string[] {
  const violations: string[] = [];
  const expected = new Map<string, number>();
  for (const row of [...tables.participation, ...tables.duplicateAttempt]) {
    const wish = book.byBallotId.get(row.ballotId);
    const isRefused = wish !== undefined && wish.refused > 0 && wish.unknown + wish.acknowledged.size === 0;
    if (wish?.voterKey !== row.voterKey) violations.push(`${sentences.uncast}: ballot ${row.ballotId}`);
    else if (isRefused) violations.push(`${sentences.uncast}: ${wish.name} was refused`);
  }
  for (const row of tables.participation) {
    const wish = book.byBallotId.get(row.ballotId);
    if (wish !== undefined) expected.set(ballotOf(wish), (expected.get(ballotOf(wish)) ?? 0) + 1);
  }
  for (const { region, station, channel, lines } of tables.ballot) {
    const ballot = JSON.stringify([region, station, channel, lines]);
    expected.set(ballot, (expected.get(ballot) ?? 0) - 1);
  }
  for (const [ballot, difference] of expected)
    if (difference !== 0) violations.push(`${sentences.uncast}: ${-difference} too many of ballot ${ballot}`);
  const bytes = new Set(taken.map(({ data }) => data.toString('latin1')));
  for (const row of tables.quarantine)
    if (!bytes.has(row.bytes.toString('latin1'))) violations.push(`${sentences.uncast}: ${row.key}`);
  return violations;
}

/** What a wish has to look like as a ballot, which says nothing of who cast it. */
function ballotOf({ region, station, channel, selections }: Wish): string {
  const style = simElection.regions.get(region)?.stations.get(station)?.ballotStyle;
  const lines = style === undefined ? null : linesOf(simNumbers, style, channel, selections);
  return JSON.stringify([region, station, channel, lines]);
}

function doubleVotes({ participation, ballot }: Tables): string[] {
  const voters = new Set(participation.map((row) => row.key));
  const violations: string[] = [];
  if (voters.size !== participation.length)
    violations.push(`${sentences.twice}: ${participation.length} participations of ${voters.size} voters`);
  if (ballot.length !== voters.size)
    violations.push(`${sentences.twice}: ${ballot.length} ballots of ${voters.size} voters`);
  return violations;
}

/** Folded and pending sums against the ballots and the rows themselves. Holds at every moment, not only at the end. */
export function tallyDifferences(tables: Tables): string[] {
  const tally = new Map(tables.tally);
  const totals = new Map([...tables.tallyTotal].map(([electionNo, row]) => [electionNo, { ...row }]));
  for (const row of tables.tallyPending) addPending(row, tally, totals);
  const recount = recountBallots(tables);
  const cells = new Set([...tally.keys(), ...recount.keys()]);
  const violations = [...cells]
    .filter((cell) => (tally.get(cell) ?? 0) !== (recount.get(cell) ?? 0))
    .map((cell) => `${sentences.tally}: ${tally.get(cell) ?? 0} instead of ${recount.get(cell) ?? 0}`);
  const { electionNo } = simNumbers;
  const counted: TotalsRow = {
    recorded: tables.participation.length,
    duplicates: tables.duplicateAttempt.length,
    quarantined: tables.quarantine.filter((row) => row.electionNo === electionNo).length,
  };
  const total = totals.get(electionNo) ?? { recorded: 0, duplicates: 0, quarantined: 0 };
  for (const fate of ['recorded', 'duplicates', 'quarantined'] as const)
    if (total[fate] !== counted[fate])
      violations.push(`${sentences.tally}: ${total[fate]} ${fate} instead of ${counted[fate]}`);
  return violations;
}

function recountBallots({ ballot }: Tables): Map<number, number> {
  const recount = new Map<number, number>();
  for (const { region, station, lines } of ballot) {
    const units = unitsOf(simNumbers, region, station);
    for (const unitNo of units === null ? [] : Object.values(units)) {
      for (const lineNo of lines) {
        const cell = cellOf(unitNo, lineNo);
        recount.set(cell, (recount.get(cell) ?? 0) + 1);
      }
    }
  }
  return recount;
}

/** Distinct votes, and each in one place only: what is lost cannot make up for what is there twice. */
function accountingDifferences({ book, taken, tables }: Facts): string[] {
  const accepted = new Set<string>();
  for (const { data } of taken) {
    const decoded = decodeRecord(data);
    const wish = decoded.ok ? book.byBallotId.get(decoded.record.ballotId) : undefined;
    const key = decoded.ok ? quarantineKeyOf(decoded.record) : quarantineKeyOfBytes(data);
    accepted.add(wish?.name ?? Buffer.from(key).toString('hex'));
  }
  const { ok, sentence } = checkAccounting({
    accepted: accepted.size,
    recorded: tables.participation.length,
    duplicates: tables.duplicateAttempt.length,
    quarantined: tables.quarantine.length,
  });
  const fates = new Map<string, number>();
  const count = (key: string): void => void fates.set(key, (fates.get(key) ?? 0) + 1);
  for (const row of [...tables.participation, ...tables.duplicateAttempt]) {
    const wish = book.byBallotId.get(row.ballotId);
    count(wish === undefined ? voteOf(row) : keyOfWish(wish, row.ballotId));
  }
  for (const row of tables.quarantine) count(row.key);
  const several = [...fates.values()].filter((times) => times > 1).length;
  return [
    ...(ok ? [] : [`${sentences.accounting}: ${sentence}`]),
    ...(several === 0 ? [] : [`${sentences.accounting}: ${several} votes in more than one place`]),
  ];
}

/**
 * One voter's attempts stay in order on the stream: a ballot that was there before any copy of
 * another one stands, unless it cannot be counted. The queue promises no order.
 */
function wrongOrder({ book, taken, tables }: Facts): string[] {
  const firstTaken = new Map<string, number>();
  const inQueue = new Set<string>();
  for (const { data, order, where } of taken) {
    const decoded = decodeRecord(data);
    if (!decoded.ok) continue;
    const vote = voteOf(decoded.record);
    if (where === 'queue') inQueue.add(vote);
    else firstTaken.set(vote, Math.min(order, firstTaken.get(vote) ?? Number.POSITIVE_INFINITY));
  }
  const uncountable = new Set(tables.quarantine.map((row) => row.key));
  const standing = new Map(tables.participation.map((row) => [row.voterKey, row.ballotId]));
  const violations: string[] = [];
  for (const wish of book.wishes) {
    for (const ballotId of wish.ballotIds) {
      const stands = standing.get(wish.voterKey);
      if (stands === undefined || stands === ballotId || uncountable.has(keyOfWish(wish, ballotId))) continue;
      const other = voteOf({ voterKey: wish.voterKey, ballotId: stands });
      const [mine, theirs] = [firstTaken.get(voteOf({ ...wish, ballotId })), firstTaken.get(other)];
      if (mine === undefined || theirs === undefined || inQueue.has(other) || mine > theirs) continue;
      violations.push(`${sentences.order}: ${wish.name} came first`);
    }
  }
  return violations;
}

function trailDifferences({ writerBatch, participation, duplicateAttempt, quarantine }: Tables): string[] {
  const sum = (fate: 'recorded' | 'duplicates' | 'quarantined'): number =>
    writerBatch.reduce((total, { outcome }) => total + outcome[fate], 0);
  const agrees =
    sum('recorded') === participation.length &&
    sum('duplicates') === duplicateAttempt.length &&
    sum('quarantined') === quarantine.length;
  return agrees ? [] : [`${sentences.trail}: its batches add up to other counts`];
}

/** How many are in quarantine for which reason. */
export function countReasons({ quarantine }: Tables): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of quarantine) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
