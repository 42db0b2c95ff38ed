import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord, encodeRecord } from '../../functions/core/record.ts';
import { recordBytesMax } from '../../schema/wire/limits.ts';
import { streamRecordSchema } from '../../schema/wire/record.ts';
import { testRecord } from '../support/records.ts';

const records = fc
  .record({
    definition: fc.integer({ min: 1, max: 1_000_000 }),
    channel: fc.constantFrom('browser', 'kiosk'),
    selections: fc.array(
      fc.record({
        contest: fc.stringMatching(/^[A-Za-z0-9]{1,64}$/),
        choices: fc.array(fc.stringMatching(/^[A-Za-z0-9]{1,64}$/), { maxLength: 5 }),
      }),
      { maxLength: 10 },
    ),
    castAt: fc.option(
      fc
        .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
        .map((date) => date.toISOString()),
    ),
  })
  .map(({ castAt, ...fields }) => testRecord({ ...fields, ...(castAt === null ? {} : { castAt }) }));

const reasons = new Set(['too-large', 'invalid-utf8', 'malformed-json', 'invalid-record']);

/** Decodes, and holds the answer against the port's promise. */
function decode(bytes: Uint8Array): string {
  const decoded = decodeRecord(bytes);
  if (!decoded.ok) {
    expect(reasons).toContain(decoded.fault);
    return decoded.fault;
  }
  expect(streamRecordSchema.parse(decoded.record)).toEqual(decoded.record);
  return 'ok';
}

describe('a record', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(decodeRecord(encodeRecord(record))).toEqual({ ok: true, record });
      }),
    );
  });

  it('is read as it was written, whatever was read before it', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), records, (garbage, record) => {
        for (const bytes of garbage) decode(bytes);
        expect(decodeRecord(encodeRecord(record))).toEqual({ ok: true, record });
      }),
    );
  });
});

describe('reading never throws', () => {
  it('on random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => reasons.has(decode(bytes))));
  });

  it('on any JSON', () => {
    const json = fc.oneof(fc.jsonValue(), fc.record({ v: fc.oneof(fc.constant(1), fc.jsonValue()) }));
    fc.assert(fc.property(json, (value) => decode(Buffer.from(JSON.stringify(value))) === 'invalid-record'));
  });

  it('on a record with some of its bytes changed, cut off or doubled', () => {
    const seen = new Set<string>();
    const changed = fc.tuple(
      records,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
      fc.nat(),
      fc.boolean(),
    );
    fc.assert(
      fc.property(changed, ([record, changes, cut, isCut]) => {
        const bytes = encodeRecord(record);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        seen.add(decode(isCut ? bytes.subarray(0, cut % bytes.length) : bytes));
      }),
      { numRuns: 2_000 },
    );
    expect([...seen].sort()).toEqual(['invalid-record', 'invalid-utf8', 'malformed-json', 'ok']);
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'malformed-json'],
    ['a thousand levels of brackets', Buffer.from('['.repeat(60_000)), 'malformed-json'],
    [
      'arrays nested as deep as they go',
      Buffer.from('['.repeat(30_000) + ']'.repeat(30_000)),
      'invalid-record',
    ],
    [
      'objects nested as deep as they go',
      Buffer.from(`${'{"v":'.repeat(10_000)}1${'}'.repeat(10_000)}`),
      'invalid-record',
    ],
    ['half a surrogate pair in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'invalid-utf8'],
    ['an overlong slash', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), 'invalid-utf8'],
    ['more than a record may have', Buffer.alloc(recordBytesMax + 1, ' '), 'too-large'],
    ['as much as a record may have', Buffer.alloc(recordBytesMax, ' '), 'malformed-json'],
    [
      'a record of a version to come',
      Buffer.from(JSON.stringify({ ...testRecord(), v: 2 })),
      'invalid-record',
    ],
    [
      'a record with a member too many',
      Buffer.from(JSON.stringify({ ...testRecord(), pass: 'x' })),
      'invalid-record',
    ],
    [
      'a record with a prototype of its own',
      Buffer.from(`{"__proto__":{},${JSON.stringify(testRecord()).slice(1)}`),
      'invalid-record',
    ],
    [
      'a record in which a number is a string',
      Buffer.from(JSON.stringify({ ...testRecord(), definition: '1' })),
      'invalid-record',
    ],
    [
      'a record with its voter key in upper case',
      Buffer.from(JSON.stringify({ ...testRecord(), voterKey: randomUUID().toUpperCase() })),
      'invalid-record',
    ],
  ])('on %s', (_, bytes, expected) => {
    expect(decode(bytes)).toBe(expected);
  });
});
