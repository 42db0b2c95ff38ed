import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { encodeRecord } from '../../../functions/core/record.ts';
import type { Figure } from '../../../lib/capacity/figure.ts';
import { defaultFigures } from '../../../lib/capacity/input.ts';
import { limitFigures } from '../../../lib/capacity/limits.ts';
import { priceFigures } from '../../../lib/capacity/prices.ts';
import {
  envelopeBytesMax,
  eventBytesOf,
  recordBeyondRequestBytesMax,
  recordsPerEvent,
  voteRecordBytesMax,
} from '../../../lib/capacity/writer-event.ts';
import { recordBytesMax, voteBodyBytesMax } from '../../../schema/wire/limits.ts';
import { voteRequestSchema } from '../../../schema/wire/vote.ts';
import { testRecord } from '../../support/records.ts';

describe('an event of the writer', () => {
  it('holds no more around a record than the plan counts with', () => {
    const record = {
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey: crypto.randomUUID(),
        sequenceNumber: '4'.repeat(56),
        data: '',
        approximateArrivalTimestamp: 1_793_728_800.123,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `shardId-000000000416:${'4'.repeat(56)}`,
      eventName: 'aws:kinesis:record',
      invokeIdentityArn: `arn:aws:iam::123456789012:role/${'r'.repeat(64)}`,
      awsRegion: 'us-east-1',
      eventSourceARN: `arn:aws:kinesis:us-east-1:123456789012:stream/${'s'.repeat(128)}`,
    };
    const bytes = JSON.stringify(record).length + 1;
    expect(bytes).toBeLessThanOrEqual(envelopeBytesMax);
    expect(bytes).toBeGreaterThan(envelopeBytesMax * 0.75);
  });

  it('grows by base64', () => {
    const bytes = 490;
    expect(eventBytesOf(bytes) - envelopeBytesMax).toBe(Buffer.alloc(bytes).toString('base64').length);
  });

  it('holds thousands of ordinary records, fewer of the largest, and any that may be there', () => {
    expect(recordsPerEvent(defaultFigures.recordBytes.value)).toBeGreaterThan(1_000);
    expect(recordsPerEvent(voteRecordBytesMax)).toBeLessThan(1_000);
    expect(recordsPerEvent(recordBytesMax)).toBeGreaterThan(1);
    expect(voteRecordBytesMax).toBeLessThan(recordBytesMax);
  });

  it('counts with the largest record that a request can become', () => {
    const id = (letter: string) => letter.repeat(64);
    const selection = (number: number) => ({
      contest: `c${number}`.padEnd(64, 'c'),
      choices: [id('a')],
    });
    const request = {
      version: 1,
      ballotId: crypto.randomUUID(),
      region: id('r'),
      channel: 'kiosk',
      pass: 'p',
    };
    const withSelections = (count: number) =>
      voteRequestSchema.parse({
        ...request,
        selections: Array.from({ length: count }, (_, n) => selection(n)),
      });
    const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
    let count = 1;
    while (sizeOf(withSelections(count + 1)) <= voteBodyBytesMax) count += 1;
    const { ballotId, region, channel, selections } = withSelections(count);
    const record = testRecord({
      election: id('e'),
      definition: Number.MAX_SAFE_INTEGER,
      station: id('s'),
      ballotId,
      region,
      channel,
      selections,
    });
    const beyond = encodeRecord(record).length - sizeOf(withSelections(count));
    expect(beyond).toBeGreaterThan(0);
    expect(beyond).toBeLessThanOrEqual(recordBeyondRequestBytesMax);
    expect(encodeRecord(record).length).toBeLessThanOrEqual(voteRecordBytesMax);
  });
});

describe('the figures of a plan', () => {
  const all = Object.entries<Figure>({ ...limitFigures, ...priceFigures, ...defaultFigures });

  it.each(all)('%s says where it comes from', (_, { source, value }) => {
    expect(source.length).toBeGreaterThan(5);
    expect(value).toBeGreaterThanOrEqual(0);
  });

  it('are what the last benchmark measured, give or take a third', () => {
    const { ours, naive } = ingestSchema.parse(resultOf('ingest')).benches.ingest.figures.cpuMicrosPerVote;
    expect(within(defaultFigures.cpuMicrosGrouped.value, ours.median)).toBe(true);
    expect(within(defaultFigures.cpuMicrosAlone.value, naive.median)).toBe(true);
    const cells = writerSchema.parse(resultOf('writer')).benches.writer.figures.cells;
    const rate = (connections: number, batchVotes: number) =>
      cells.find(
        (cell) =>
          cell.variant === 'writer' && cell.connections === connections && cell.batchVotes === batchVotes,
      )?.votesPerSecond ?? 0;
    expect(within(48_112, rate(4, 1_000))).toBe(true);
    expect(within(1_000 / 0.034, rate(1, 1_000))).toBe(true);
  });

  it('count with the time that a definition is kept for', () => {
    const source = readFileSync(
      new URL('../../../functions/adapters/definitions.ts', import.meta.url),
      'utf8',
    );
    const [, freshMs = ''] = /const freshMs = ([\d_]+);/.exec(source) ?? [];
    expect(Number(freshMs.replaceAll('_', ''))).toBe(limitFigures.definitionFreshSeconds.value * 1_000);
  });

  it('count with a record of five contests', () => {
    const selections = Array.from({ length: 5 }, (_, n) => ({
      contest: `contest-${n}`,
      choices: [`choice-${n}`],
    }));
    const bytes = encodeRecord(testRecord({ selections })).length;
    expect(Math.abs(bytes - defaultFigures.recordBytes.value) / bytes).toBeLessThan(0.1);
  });
});

const medianSchema = z.object({ median: z.number() });
const ingestSchema = z.object({
  benches: z.object({
    ingest: z.object({
      figures: z.object({ cpuMicrosPerVote: z.object({ ours: medianSchema, naive: medianSchema }) }),
    }),
  }),
});
const cellSchema = z.object({
  variant: z.string(),
  connections: z.number(),
  batchVotes: z.number(),
  votesPerSecond: z.number(),
});
const writerSchema = z.object({
  benches: z.object({ writer: z.object({ figures: z.object({ cells: z.array(cellSchema) }) }) }),
});

const resultOf = (bench: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../load/results/bench-${bench}.json`, import.meta.url), 'utf8'));

const within = (used: number, measured: number): boolean =>
  used / measured < 4 / 3 && measured / used < 4 / 3;
