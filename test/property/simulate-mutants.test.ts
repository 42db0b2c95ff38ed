import { describe, expect, it } from 'vitest';
import { type Mutant, simulateMutant } from '../support/mutant.ts';

/** The seeds within which a planted bug has to be found. */
const seedsMax = 1_000;

const groupCommit = 'functions/ingest/group-commit.ts';
const overflowCommit = 'functions/ingest/overflow-commit.ts';
const transaction = 'load/simulate/database/vote-store.ts';
const statements = 'load/simulate/database/record-batch.ts';
const mappingRules = 'lib/local/mapping-rules.ts';

/** What each bug is, where, and which of the audit's sentences tells of it. */
const mutants: readonly (Mutant & { readonly bug: string; readonly found: RegExp })[] = [
  {
    bug: 'a vote is acknowledged before it is durable',
    file: 'functions/ingest/cast-vote.ts',
    find: 'const where = await sink.put({ partitionKey: record.voterKey, data: encodeRecord(record) });',
    replace: `const where: string = 'stream';
  void sink.put({ partitionKey: record.voterKey, data: encodeRecord(record) }).catch(() => {});`,
    found: /an acknowledged vote is not/,
  },
  {
    bug: 'a put that timed out is taken for one that stored everything',
    file: groupCommit,
    find: 'return [...call];',
    replace: `for (const one of call) one.resolve('stream');
    return [];`,
    found: /an acknowledged vote is not/,
  },
  {
    bug: 'an answer of 200 is taken for success, whatever it says of the entries',
    file: groupCommit,
    find: "if (outcomes[index] === 'stored') one.resolve('stream');",
    replace: "if (index < outcomes.length) one.resolve('stream');",
    found: /an acknowledged vote is not/,
  },
  {
    bug: 'a failed entry pulls down the one behind it: what is tried again is not what failed',
    file: groupCommit,
    find: 'else failed.push(one);',
    replace: 'else failed.push(call[index + 1] ?? one);',
    found: /no answer/,
  },
  {
    bug: 'a timeout is taken for "not written": the vote is refused for good',
    file: 'functions/ingest/app.ts',
    find: "return sendProblem(c, 'not-durable');",
    replace: "return sendProblem(c, 'closed');",
    found: /recorded that nobody cast: .* was refused/,
  },
  {
    bug: 'a timeout is taken for "not written": the client casts anew, under another ballot id',
    file: 'load/simulate/clients.ts',
    find: 'const { ballotId } = vote;',
    replace: 'const ballotId = attempt === 1 ? vote.ballotId : (random.uuid() as BallotId);',
    found: /accepted is not recorded/,
  },
  {
    bug: 'a lost reply to COMMIT is taken for "not written": the votes go to quarantine as refused',
    file: transaction,
    find: "if (error.remedy === 'refused') return",
    replace: "if (error.remedy === 'refused' || error.sqlState === '08006') return",
    found: /accepted is not recorded/,
  },
  {
    bug: 'a full disk is taken for a fault of the data',
    file: transaction,
    find: "if (error.remedy === 'refused') return",
    replace: "if (error.remedy === 'refused' || error.remedy === 'give-up') return",
    found: /accepted is not recorded|does not stand/,
  },
  {
    bug: 'the overflow queue confirms what it throttled',
    file: overflowCommit,
    find: "if (outcomes[index] === 'stored') one.resolve();",
    replace: 'if (outcomes.length > 0) one.resolve();',
    found: /an acknowledged vote is not/,
  },
  {
    bug: 'the overflow queue gives up one vote and forgets to say so',
    file: overflowCommit,
    find: 'if (nowMs >= one.giveUpAtMs)',
    replace: 'if (nowMs >= one.giveUpAtMs + 1e9)',
    found: /no answer/,
  },
  {
    bug: 'the writer answers ok while the database is away',
    file: 'functions/writer/write.ts',
    find: 'request.response = { batchItemFailures: [...(readDelivery(request.event)?.failures ?? [])] };',
    replace: 'request.response = { batchItemFailures: [] };',
    found: /an acknowledged vote is not/,
  },
  {
    bug: 'the writer does not wait for the commit',
    file: 'functions/writer/write.ts',
    find: 'const outcome = await recordVotes(deps.store, { origin, ...counted });',
    replace: `const outcome = { recorded: 0, repeated: 0, duplicates: 0, quarantined: 0 };
    void recordVotes(deps.store, { origin, ...counted }).catch(() => {});`,
    found: /an acknowledged vote is not|does not stand/,
  },
  {
    bug: 'of a failed batch from the stream only its last record is reported',
    file: 'functions/writer/deliveries.ts',
    find: 'failures: [{ itemIdentifier: first }],',
    replace: "failures: [{ itemIdentifier: sequences.at(-1) ?? '' }],",
    found: /an acknowledged vote is not/,
  },
  {
    bug: 'of a failed batch from the queue only the first message is reported',
    file: 'functions/writer/deliveries.ts',
    find: 'failures: Records.map((record) => ({ itemIdentifier: record.messageId })),',
    replace: "failures: [{ itemIdentifier: Records[0]?.messageId ?? '' }],",
    found: /an acknowledged vote is not/,
  },
  {
    bug: 'an outage of the object store puts votes into quarantine',
    file: 'functions/writer/count-records.ts',
    find: 'const election = await definitions.at(electionId, version);',
    replace: 'const election = await definitions.at(electionId, version).catch(() => null);',
    found: /accepted is not recorded/,
  },
  {
    bug: 'halving a refused batch loses the second half',
    file: 'functions/writer/record-votes.ts',
    find: 'const second = await recordVotes(store, { ...batch, votes: batch.votes.slice(middle), uncountable: [] });',
    replace: 'const second = { recorded: 0, repeated: 0, duplicates: 0, quarantined: 0 };',
    found: /an acknowledged vote is not/,
  },
  {
    bug: 'halving a refused batch records the second half first',
    file: 'functions/writer/record-votes.ts',
    find: `const first = await recordVotes(store, { ...batch, votes: batch.votes.slice(0, middle) });
  const second = await recordVotes(store, { ...batch, votes: batch.votes.slice(middle), uncountable: [] });`,
    replace: `const second = await recordVotes(store, { ...batch, votes: batch.votes.slice(middle), uncountable: [] });
  const first = await recordVotes(store, { ...batch, votes: batch.votes.slice(0, middle) });`,
    found: /does not stand/,
  },
  {
    bug: 'a refused vote is kept under another key with each delivery',
    file: 'functions/writer/record-votes.ts',
    find: 'key: quarantineKeyOf(vote),',
    replace: 'key: Buffer.concat([batch.origin.firstSequence, vote.bytes].map((part) => Buffer.from(part))),',
    found: /accepted is not recorded|an acknowledged vote is not/,
  },
  {
    bug: '`on conflict do nothing` is dropped: a repeat is an error of the data',
    file: statements,
    find: 'if (conflicts) continue;',
    replace: "if (conflicts) throw new DatabaseFault('refused', '23505');",
    found: /accepted is not recorded/,
  },
  {
    bug: '`on conflict` is dropped, and the primary key with it',
    file: statements,
    find: 'if (conflicts) continue;',
    replace: '',
    found: /a voter key is recorded twice/,
  },
  {
    bug: 'uniqueness is checked before it is waited for',
    file: statements,
    find: `await transaction.lock(\`\${table} \${row.key}\`);
    const conflicts = [...tables[table], ...written].some((other) => other.key === row.key);`,
    replace: `const conflicts = [...tables[table], ...written].some((other) => other.key === row.key);
    await transaction.lock(\`\${table} \${row.key}\`);`,
    found: /a voter key is recorded twice/,
  },
  {
    bug: 'a refused ballot that comes again is a duplicate as well',
    file: statements,
    find: 'await withoutQuarantined(session, await withoutRepeats(session, others))',
    replace: 'await withoutRepeats(session, others)',
    found: /accepted is not recorded/,
  },
  {
    bug: 'a repeat is taken for a duplicate',
    file: statements,
    find: 'return votes.filter((vote) => recorded.get(keyOf(vote)) !== vote.ballotId);',
    replace: 'return votes.filter((vote) => recorded.has(keyOf(vote)));',
    found: /accepted is not recorded/,
  },
  {
    bug: 'the tally counts what was delivered, not what was fresh',
    file: statements,
    find: 'await insertPending(session, fresh, duplicates, quarantined);',
    replace: 'await insertPending(session, batch.votes, duplicates, quarantined);',
    found: /the tally is not the recount/,
  },
  {
    bug: 'the tally is added to outside of the transaction',
    file: statements,
    find: 'session.transaction.writes.tallyPending.push(row);',
    replace: 'session.tables.tallyPending.add(row);',
    found: /the tally is not the recount/,
  },
  {
    bug: 'what is folded stays pending, and is folded again',
    file: 'load/simulate/database/transaction.ts',
    find: 'tables.tallyPending.delete(row);',
    replace: '',
    found: /the tally is not the recount/,
  },
  {
    bug: 'two may fold at a time',
    file: transaction,
    find: "if (!transaction.tryLock('fold')) return;",
    replace: "transaction.tryLock('fold');",
    found: /the tally is not the recount/,
  },
  {
    bug: 'children of a shard are read before their parents',
    file: mappingRules,
    find: '!finished.has(shardId) && parents.every((parent) => finished.has(parent) || !there.has(parent)),',
    replace: '!finished.has(shardId) && (parents.length > 0 || there.has(shardId)),',
    found: /does not stand/,
  },
  {
    bug: 'after a failure in part, the mapping goes on behind it',
    file: mappingRules,
    find: "return failed.length === 0 ? { kind: 'done' } : { kind: 'retry', from: Math.min(...failed) };",
    replace:
      "return failed.length === 0 ? { kind: 'done' } : { kind: 'retry', from: Math.min(...failed) + 1 };",
    found: /an acknowledged vote is not/,
  },
  {
    bug: 'a batch that failed is not tried again',
    file: 'lib/local/shard-pump.ts',
    find: 'return bisect(part);',
    replace: 'return [];',
    found: /an acknowledged vote is not/,
  },
  {
    bug: 'a checkpoint is written before its records are done',
    file: 'lib/local/shard-pump.ts',
    find: 'let response: BatchResponse;',
    replace: 'let response: BatchResponse;\n    await done(part);',
    found: /an acknowledged vote is not|accepted is not recorded/,
  },
  {
    bug: 'a message is deleted although its record failed',
    file: 'load/simulate/queue-mapping.ts',
    find: 'ids.filter((_, position) => !staying.has(position))',
    replace: 'ids.filter((_, position) => staying.size >= 0 || position < 0)',
    found: /an acknowledged vote is not/,
  },
];

describe('the simulation finds a planted bug', () => {
  it.concurrent.each(mutants)('$bug', async ({ found, ...mutant }) => {
    const args = ['--seeds', String(seedsMax), '--threads', '1', '--json'];
    const { code, output } = await simulateMutant(mutant, args);
    const report = JSON.parse(output);
    expect(report.failingSeed, `not found in ${report.seeds} runs`).not.toBeNull();
    expect(report.violations.join('\n')).toMatch(found);
    expect(code).toBe(1);
  });
});
