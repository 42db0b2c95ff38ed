import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deriveVoterKey,
  fingerprintPass,
  formatPass,
  parsePass,
  passKeyId,
  readReceiptId,
  receiptIdOf,
} from '../../functions/core/pass.ts';
import { quarantineKeyOf, quarantineKeyOfBytes } from '../../functions/core/quarantine.ts';
import { openapiDocument } from '../../functions/ingest/openapi.ts';
import {
  type BallotId,
  electionIdSchema,
  receiptIdSchema,
  type VoterKey,
  voterKeySchema,
} from '../../schema/wire/ids.ts';
import { testRecord } from '../support/records.ts';

const election = electionIdSchema.parse('test-2026');
const pass = (message: Buffer) => ({ keyId: 'k', message, signature: Buffer.alloc(256) });
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('a receipt id', () => {
  it('leads back to the voter key and the ballot id that it was made of', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (voterKey, ballotId) => {
        const id = receiptIdOf(voterKey as VoterKey, ballotId as BallotId);
        expect(receiptIdSchema.parse(id)).toBe(id);
        expect(readReceiptId(id)).toEqual({ voterKey, ballotId });
      }),
    );
  });

  it('of any shape that the schema allows reads as two keys, and never throws', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{43}$/), (text) => {
        const { voterKey, ballotId } = readReceiptId(receiptIdSchema.parse(text));
        expect([voterKeySchema.parse(voterKey), voterKeySchema.parse(ballotId)]).toEqual([
          voterKey,
          ballotId,
        ]);
      }),
    );
  });
});

describe('a pass’s fingerprint', () => {
  it('is what a shell makes of it by the words of /openapi.json', () => {
    // printf 'ballotstream/pass-fingerprint/v1\0a pass' | openssl dgst -sha256 -binary | base64 | tr +/ -_ | cut -c1-16
    expect(fingerprintPass('a pass')).toBe('zZQaPvEBWypmEKjl');
    const { parameters } = openapiDocument.paths['/v1/elections/{election}/votes'].post;
    const header = parameters.find(({ name }) => name === 'pass-fingerprint');
    expect(header).toMatchObject({ in: 'header', required: false });
    expect(header?.description).toContain(String.raw`SHA-256 over "ballotstream/pass-fingerprint/v1\u0000"`);
    expect('zZQaPvEBWypmEKjl').toMatch(new RegExp(String(header?.schema['pattern'])));
  });
});

describe('a voter key', () => {
  const message = randomBytes(64);

  it('is the same for every attempt with a pass, and a UUID in shape', () => {
    expect(deriveVoterKey(election, pass(message))).toBe(
      deriveVoterKey(election, pass(Buffer.from(message))),
    );
    expect(voterKeySchema.safeParse(deriveVoterKey(election, pass(message))).success).toBe(true);
  });

  it('does not depend on the randomizer, with which a voter could make two of one serial', () => {
    const other = Buffer.concat([randomBytes(32), message.subarray(32)]);
    expect(deriveVoterKey(election, pass(other))).toBe(deriveVoterKey(election, pass(message)));
  });

  it('is another one for another serial and in another election', () => {
    const other = Buffer.concat([message.subarray(0, 63), Buffer.from([(message[63] ?? 0) ^ 1])]);
    expect(deriveVoterKey(election, pass(other))).not.toBe(deriveVoterKey(election, pass(message)));
    expect(deriveVoterKey(electionIdSchema.parse('other'), pass(message))).not.toBe(
      deriveVoterKey(election, pass(message)),
    );
  });
});

describe('a pass', () => {
  it('is read as it was written', () => {
    const lengths = {
      keyId: passKeyId(randomBytes(294)),
      message: randomBytes(64),
      signature: randomBytes(256),
    };
    expect(parsePass(formatPass(lengths))).toEqual(lengths);
  });

  it('of other lengths cannot be written', () => {
    expect(() => formatPass({ keyId: 'k', message: randomBytes(63), signature: randomBytes(256) })).toThrow(
      RangeError,
    );
    expect(() => formatPass({ keyId: 'k', message: randomBytes(64), signature: randomBytes(255) })).toThrow(
      RangeError,
    );
  });

  it('of any other shape is none', () => {
    const good = formatPass({
      keyId: passKeyId(randomBytes(9)),
      message: randomBytes(64),
      signature: randomBytes(256),
    });
    for (const bad of [
      '',
      '.',
      '..',
      good.slice(1),
      good.slice(0, -1),
      `${good}=`,
      `${good}\n`,
      good.replace('.', ','),
      ` ${good}`,
    ])
      expect(parsePass(bad)).toBeNull();
    fc.assert(fc.property(fc.string(), (text) => parsePass(text) === null));
  });
});

describe('a quarantine key', () => {
  const record = testRecord();

  it('has 32 bytes and is the same for every delivery of a vote, whatever else its record says', () => {
    const again = testRecord({ ...record, acceptedAt: '2026-11-03T13:00:00Z', selections: [] });
    expect(quarantineKeyOf(record).length).toBe(32);
    expect(hex(quarantineKeyOf(again))).toBe(hex(quarantineKeyOf(record)));
  });

  it('is another one for another ballot, voter or election', () => {
    const others = [{ ballotId: randomUUID() }, { voterKey: randomUUID() }, { election: 'other-2026' }];
    const keys = [record, ...others.map((change) => testRecord({ ...record, ...change }))].map((one) =>
      hex(quarantineKeyOf(one)),
    );
    expect(new Set(keys).size).toBe(4);
  });

  it('of bytes that nobody can read depends on each of them, and is never that of a vote', () => {
    const bytes = Buffer.from(
      `ballotstream/vote/v1\0${record.election}\0${record.voterKey}\0${record.ballotId}`,
    );
    expect(quarantineKeyOfBytes(bytes).length).toBe(32);
    expect(hex(quarantineKeyOfBytes(bytes))).toBe(hex(quarantineKeyOfBytes(Uint8Array.from(bytes))));
    expect(hex(quarantineKeyOfBytes(bytes))).not.toBe(hex(quarantineKeyOf(record)));
    expect(hex(quarantineKeyOfBytes(bytes))).not.toBe(hex(quarantineKeyOfBytes(bytes.subarray(1))));
  });
});
