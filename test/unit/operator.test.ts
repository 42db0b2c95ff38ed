import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';
import type { Context, SQSEvent } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { encodeRecord } from '../../functions/core/record.ts';
import { pathPatterns } from '../../lib/edge-paths.ts';
import { issuerPaths, resultsPaths } from '../../lib/listener-paths.ts';
import { compileListenerRules } from '../../lib/local/listener-rules.ts';
import { createAcceptedVotes, keyOfRecord } from '../../lib/local/operator/accepted-votes.ts';
import { createOperatorTarget, operatorPath } from '../../lib/local/operator/answer-operator.ts';
import { type Evidence, judgeBooks } from '../../lib/local/operator/judge-books.ts';
import { holdsEverything } from '../../lib/local/operator/operator-figures.ts';
import { createLedgerReader, noteOverflow } from '../../lib/local/operator/overflow-ledger.ts';
import { createStreamTail } from '../../lib/local/operator/stream-tail.ts';
import { albEvent } from '../support/alb.ts';
import { makeDirectory } from '../support/local-services.ts';
import { testRecord } from '../support/records.ts';

const evidence = (changes: Partial<Evidence> = {}): Evidence => ({
  acceptedBefore: 10,
  acceptedAfter: 10,
  books: { recorded: 7, duplicates: 2, quarantined: 1 },
  unaccounted: 0,
  isDrained: true,
  isRead: true,
  isWhole: true,
  ...changes,
});
const verdictOf = (changes: Partial<Evidence>) => judgeBooks(evidence(changes)).verdict;

describe('the operator’s verdict', () => {
  it('is that it adds up, or that votes are on their way, or that one is missing', () => {
    expect(judgeBooks(evidence())).toEqual({ verdict: 'balanced', onTheWay: 0 });
    const oneLess = { books: { recorded: 6, duplicates: 2, quarantined: 1 } };
    expect(judgeBooks(evidence({ ...oneLess, isDrained: false }))).toEqual({
      verdict: 'catching-up',
      onTheWay: 1,
    });
    expect(judgeBooks(evidence(oneLess))).toEqual({ verdict: 'broken', onTheWay: 1 });
  });

  it('is that it does not add up, drained or not, where the books have a vote that nobody accepted', () => {
    const oneMore = { books: { recorded: 8, duplicates: 2, quarantined: 1 } };
    for (const isDrained of [true, false])
      expect(judgeBooks(evidence({ ...oneMore, isDrained }))).toEqual({ verdict: 'broken', onTheWay: -1 });
  });

  it('is that it does not add up where the tables disagree, whatever the stream holds', () => {
    expect(verdictOf({ unaccounted: 1 })).toBe('broken');
    expect(verdictOf({ unaccounted: 1, isWhole: false, isRead: false })).toBe('broken');
  });

  it('is none where there is nothing to compare with', () => {
    expect(verdictOf({ isWhole: false, acceptedBefore: 0, acceptedAfter: 0 })).toBe('partial');
    expect(verdictOf({ isRead: false, acceptedBefore: 3, acceptedAfter: 5 })).toBe('reading');
  });

  it('is never a false alarm, and misses no loss once all is drained', () => {
    const history = fc.record({
      before: fc.nat(50),
      during: fc.nat(50),
      // Of those that came in while the books were read, already in the books.
      early: fc.nat(50),
      waiting: fc.nat(50),
      lost: fc.nat(3),
      isDrained: fc.boolean(),
    });
    fc.assert(
      fc.property(history, ({ before, during, early, waiting, lost, isDrained }) => {
        const gone = Math.min(lost, before);
        const late = isDrained ? 0 : Math.min(waiting, before - gone);
        const recorded = before - gone - late + (isDrained ? Math.min(early, during) : 0);
        const { verdict } = judgeBooks(
          evidence({
            acceptedBefore: before,
            acceptedAfter: before + during,
            books: { recorded, duplicates: 0, quarantined: 0 },
            isDrained,
          }),
        );
        if (gone === 0) expect(verdict).not.toBe('broken');
        else if (isDrained && recorded < before) expect(verdict).toBe('broken');
      }),
    );
  });
});

describe('accepted votes', () => {
  it('are counted once however often and whenever they come, and apart where anything differs that counts', () => {
    const votes = createAcceptedVotes();
    const vote = testRecord();
    votes.note(encodeRecord(vote));
    votes.note(encodeRecord({ ...vote, acceptedAt: '2026-11-03T13:00:00.000Z' }));
    expect(votes.count()).toBe(1);
    votes.note(encodeRecord({ ...vote, ballotId: testRecord().ballotId }));
    votes.note(encodeRecord({ ...vote, voterKey: testRecord().voterKey }));
    votes.note(Buffer.from('garbage'));
    votes.note(Buffer.from('garbage'));
    votes.note(Buffer.from('other garbage'));
    expect(votes.count()).toBe(5);
  });

  it('have keys that a number holds exactly', () => {
    for (let n = 0; n < 1_000; n++)
      expect(Number.isSafeInteger(keyOfRecord(encodeRecord(testRecord())))).toBe(true);
  });

  it('say when there were more than are told apart', () => {
    const votes = createAcceptedVotes(2);
    for (const key of [1, 2, 1]) votes.noteKey(key);
    expect([votes.count(), votes.isFull()]).toEqual([2, false]);
    votes.noteKey(3);
    expect([votes.count(), votes.isFull()]).toEqual([2, true]);
  });
});

describe('the ledger of the overflow queue', () => {
  it('has every vote before the function has it, also where that fails, and gives each once', async () => {
    const directory = makeDirectory();
    onTestFinished(() => directory.remove());
    const file = join(directory.path, 'ledger.txt');
    const read = createLedgerReader(file);
    expect(read()).toEqual([]);
    const [first, second] = [encodeRecord(testRecord()), encodeRecord(testRecord())];
    const seen: number[][] = [];
    const handler = noteOverflow(file, () => {
      seen.push(createLedgerReader(file)());
      return Promise.reject(new Error('the database is away'));
    });
    const event = { Records: [{ body: first.toString() }, { body: second.toString() }] } as SQSEvent;
    await expect(handler(event, {} as Context)).rejects.toThrow('away');
    expect(seen).toEqual([[keyOfRecord(first), keyOfRecord(second)]]);
    expect(read()).toEqual([keyOfRecord(first), keyOfRecord(second)]);
    expect(read()).toEqual([]);
    // Half a line: somebody is writing.
    appendFileSync(file, '0000000');
    expect(read()).toEqual([]);
    appendFileSync(file, '000000a\n');
    expect(read()).toEqual([10]);
  });
});

describe('a stream', () => {
  it('holds everything as long as no batch began with a record that is gone', () => {
    const shard = { shard: 's', firstSequence: '100' };
    const batch = { source: 'kinesis' as const, shard: 's', firstSequence: '100' };
    expect(holdsEverything([shard], [batch])).toBe(true);
    expect(holdsEverything([shard], [])).toBe(true);
    expect(holdsEverything([shard], [{ ...batch, firstSequence: '99' }])).toBe(false);
    expect(holdsEverything([{ ...shard, firstSequence: null }], [batch])).toBe(false);
    expect(holdsEverything([], [batch])).toBe(false);
    expect(holdsEverything([shard], [{ source: 'sqs', shard: 'queue', firstSequence: '' }])).toBe(true);
  });
});

describe('what comes into the stream', () => {
  /** Two shards as they stand, every record read in one call. */
  const streamOf = (arrivalsMs: Readonly<Record<string, readonly number[]>>) => {
    const send = async (command: unknown) => {
      if (command instanceof ListShardsCommand)
        return { Shards: Object.keys(arrivalsMs).map((ShardId) => ({ ShardId })) };
      if (command instanceof GetShardIteratorCommand) return { ShardIterator: command.input.ShardId };
      if (!(command instanceof GetRecordsCommand)) throw new Error('not asked for');
      const times = arrivalsMs[command.input.ShardIterator ?? ''] ?? [];
      const Records = times.map((ms, index) => ({
        SequenceNumber: String(index + 1),
        ApproximateArrivalTimestamp: new Date(ms),
        Data: Buffer.from('x'),
      }));
      return { Records, MillisBehindLatest: 0 };
    };
    return { send } as unknown as KinesisClient;
  };

  it('has a rate of its own in each shard, of the last ten seconds', async () => {
    const nowMs = 1_800_000_000_000;
    const arrivals = { a: [nowMs - 15_000, nowMs - 9_000, nowMs - 1_000], b: [nowMs - 20_000], c: [] };
    const tail = createStreamTail(streamOf(arrivals), 'ballots', () => {});
    expect(await tail.readOn(100)).toBe(true);
    const rates = [...Object.keys(arrivals), 'unknown'].map((shard) => tail.arrivalsPerSecond(shard, nowMs));
    expect(rates).toEqual([0.2, 0, 0, 0]);
  });
});

describe('the operator’s figures', () => {
  const target = createOperatorTarget(async () => ({ hello: 'operator' }));
  const from = (host: string, method = 'GET', ask = target) =>
    ask(albEvent({ method, path: operatorPath, headers: { host } }));

  it('are for pages of this machine only', async () => {
    for (const host of ['127.0.0.1:8787', 'localhost', 'localhost:1', '[::1]:8787'])
      expect([host, (await from(host)).statusCode]).toEqual([host, 200]);
    for (const host of [
      'evil.example',
      '127.0.0.1.evil.example',
      'localhost.evil.example:8787',
      '',
      '10.0.0.1',
    ])
      expect([host, (await from(host)).statusCode]).toEqual([host, 403]);
    expect((await from('localhost', 'POST')).statusCode).toBe(405);
  });

  it('are 503 without a word on why while they cannot be read', async () => {
    const away = createOperatorTarget(() => Promise.reject(new Error('password=secret')));
    const answer = await from('localhost', 'GET', away);
    expect([answer.statusCode, answer.body?.includes('secret')]).toEqual([503, false]);
  });

  it('have an address that neither firewall nor load balancer knows', () => {
    for (const path of [operatorPath, '/ops', '/ops/']) {
      expect(new RegExp(pathPatterns.known).test(path)).toBe(false);
      const rules = [...resultsPaths, ...issuerPaths].map((pathPattern) => ({
        name: pathPattern,
        pathPattern,
        target: () => Promise.reject(new Error('not called')),
      }));
      expect(compileListenerRules(rules)('GET', path)).toBeUndefined();
    }
  });
});
