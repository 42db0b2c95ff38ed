import { randomUUID } from 'node:crypto';
import type { Election } from '../../functions/core/election.ts';
import type { DefinitionSource } from '../../functions/core/ports.ts';
import { encodeRecord } from '../../functions/core/record.ts';
import { type StreamRecord, streamRecordSchema } from '../../schema/wire/record.ts';

/** A record as ingest would write it; a voter and a ballot of its own unless said otherwise. */
export function testRecord(changes: Partial<Record<keyof StreamRecord, unknown>> = {}): StreamRecord {
  return streamRecordSchema.parse({
    v: 1,
    election: 'test-2026',
    definition: 1,
    ballotId: randomUUID(),
    voterKey: randomUUID(),
    region: 'north',
    station: 'n1',
    channel: 'kiosk',
    selections: [
      { contest: 'mayor', choices: ['ada'] },
      { contest: 'council', choices: ['kim', 'mo'] },
    ],
    acceptedAt: '2026-11-03T12:34:56.789Z',
    ...changes,
  });
}

export const encodeAll = (records: readonly StreamRecord[]): Buffer[] => records.map(encodeRecord);

/** Definitions from memory: the port's contract without an object store. */
export function definitionsOf(...elections: readonly Election[]): DefinitionSource {
  const byId = new Map(elections.map((election) => [election.definition.election, election]));
  return {
    get: async (id) => byId.get(id) ?? null,
    at: async (id, version) =>
      elections.find(({ definition }) => definition.election === id && definition.version === version) ??
      null,
    loaded: () =>
      elections.map(({ definition }) => ({ election: definition.election, version: definition.version })),
  };
}
