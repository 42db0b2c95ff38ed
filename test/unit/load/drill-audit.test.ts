import { describe, expect, it } from 'vitest';
import { quarantineKeyOf } from '../../../functions/core/quarantine.ts';
import { judgeBooks } from '../../../load/drill/audit.ts';
import type { CastVote } from '../../../load/drill/ballots.ts';
import type { Books, VoteRow } from '../../../load/drill/books.ts';

const election = 'demo' as never;

function vote(n: number, rest: Partial<CastVote> = {}): CastVote {
  return {
    ballotId: `00000000-0000-4000-8000-00000000000${n}` as never,
    voterKey: `00000000-0000-4000-9000-00000000000${n}` as never,
    region: 'alder',
    selections: [{ contest: 'governor', choices: ['okafor'] }],
    pass: '',
    body: '',
    sent: true,
    receiptId: `receipt ${n}`,
    ...rest,
  };
}

const rowOf = ({ voterKey, ballotId }: CastVote): VoteRow => ({ voterKey, ballotId });

/** Vote 1 recorded, vote 2 a second ballot of its voter, vote 3 in quarantine, and a poison record. */
function soundBooks() {
  const first = vote(1);
  const second = vote(2, { voterKey: first.voterKey });
  const third = vote(3);
  const key = Buffer.from(quarantineKeyOf({ election, ...third })).toString('hex');
  const bytes = Buffer.from(JSON.stringify({ ballotId: third.ballotId, voterKey: third.voterKey }));
  const poison = Buffer.from('poison');
  const books: Books = {
    participations: [rowOf(first)],
    duplicates: [rowOf(second)],
    quarantined: [
      { key, bytes, reason: 'unknown-station' },
      { key: 'ff', bytes: poison, reason: 'malformed-json' },
    ],
    ballots: 1,
    tally: new Map([['alder governor okafor', 1]]),
    tallyDifferences: [],
    recordedBallot: new Map([[first.voterKey, first.ballotId]]),
    duplicateKeys: new Set([`${second.voterKey} ${second.ballotId}`]),
    quarantineByKey: new Map([[key, bytes]]),
  };
  return { votes: [first, second, third], books, planted: new Set([poison.toString('hex')]), key };
}

function audit(change: (sound: ReturnType<typeof soundBooks>) => Partial<ReturnType<typeof soundBooks>>) {
  const sound = soundBooks();
  const { votes, books, planted } = { ...sound, ...change(sound) };
  const { lost, doubleCounted, unexplained, acked } = judgeBooks({ election, votes, planted }, books);
  return { acked, lost, doubleCounted, unexplained: unexplained.length };
}

const sound = { acked: 3, lost: 0, doubleCounted: 0, unexplained: 0 };

describe('the audit of a drill', () => {
  it('finds nothing wrong with books that are right', () => {
    expect(audit(() => ({}))).toEqual(sound);
  });

  it('takes a vote without a receipt for accepted when it is in the tables, and for nothing when it is not', () => {
    expect(audit(({ votes }) => ({ votes: votes.map((one) => ({ ...one, receiptId: null })) }))).toEqual({
      ...sound,
      acked: 0,
    });
    expect(audit(({ votes }) => ({ votes: [...votes, vote(9, { receiptId: null })] }))).toEqual(sound);
  });

  it('sees a receipt without a record', () => {
    expect(audit(({ votes }) => ({ votes: [...votes, vote(9)] }))).toMatchObject({ acked: 4, lost: 1 });
  });

  it('sees that what stands for a voter is not the ballot that was cast', () => {
    const { lost } = audit(({ books }) => ({
      books: { ...books, recordedBallot: new Map([[vote(1).voterKey, vote(9).ballotId]]) },
    }));
    expect(lost).toBe(1);
  });

  it('does not take a record in quarantine for the vote when its bytes are not', () => {
    const { lost } = audit(({ books, key }) => ({
      books: { ...books, quarantineByKey: new Map([[key, Buffer.from('something else')]]) },
    }));
    expect(lost).toBe(1);
  });

  it('sees a voter that took part twice, and a ballot too many', () => {
    expect(
      audit(({ books }) => ({
        books: { ...books, participations: [...books.participations, ...books.participations], ballots: 2 },
      })).doubleCounted,
    ).toBeGreaterThan(0);
    expect(audit(({ books }) => ({ books: { ...books, ballots: 2 } })).doubleCounted).toBe(1);
    expect(audit(({ books }) => ({ books: { ...books, ballots: 0 } })).doubleCounted).toBe(1);
  });

  it('sees what nobody cast', () => {
    const stranger = rowOf(vote(9));
    for (const change of [
      (books: Books): Books => ({ ...books, duplicates: [...books.duplicates, stranger] }),
      (books: Books): Books => ({
        ...books,
        participations: [...books.participations, stranger],
        ballots: 2,
      }),
      (books: Books): Books => ({
        ...books,
        quarantined: [...books.quarantined, { key: 'ee', bytes: Buffer.from('?'), reason: 'malformed-json' }],
      }),
    ])
      expect(audit(({ books }) => ({ books: change(books) })).unexplained).toBeGreaterThan(0);
    expect(
      audit(({ votes }) => ({ votes: votes.map((one) => ({ ...one, sent: false })) })).unexplained,
    ).toBeGreaterThan(0);
  });

  it('sees a poison record that is not in quarantine', () => {
    expect(audit(({ planted }) => ({ planted: new Set([...planted, 'aa']) })).unexplained).toBeGreaterThan(0);
  });

  it('sees a tally that differs from what the clients cast, or from a recount', () => {
    for (const tally of [
      new Map(),
      new Map([['alder governor okafor', 2]]),
      new Map([['birch governor okafor', 1]]),
    ])
      expect(audit(({ books }) => ({ books: { ...books, tally } })).unexplained).toBeGreaterThan(0);
    expect(audit(({ books }) => ({ books: { ...books, tallyDifferences: ['unit 1'] } })).unexplained).toBe(1);
  });
});
