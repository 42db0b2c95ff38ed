import { z } from 'zod';
import type { Answer } from './aws-proxy.ts';

const code = 'ProvisionedThroughputExceededException';
const message = 'Rate exceeded for shard shardId-000000000000 in stream ballots under account 000000000000.';
const headers = { 'content-type': 'application/x-amz-json-1.1' };

/** Kinesis' refusal of a whole call. */
export function answerThrottled(): Answer {
  return { status: 400, headers, body: Buffer.from(JSON.stringify({ __type: code, message })) };
}

const callSchema = z.looseObject({ Records: z.array(z.unknown()) });
const answerSchema = z.looseObject({ Records: z.array(z.unknown()) });

/** A PutRecords call of which a share of the entries is to fail. */
export interface SplitCall {
  /** What the stream is to see; null: nothing of it. */
  readonly kept: Buffer | null;
  /** The whole call's answer, made of the stream's to what was kept. */
  merge(upstream: Answer | null): Answer;
}

/** @throws ZodError for what is no PutRecords call in JSON */
export function splitPutRecords(body: Buffer, failShare: number, random: () => number): SplitCall {
  const call = callSchema.parse(JSON.parse(body.toString()));
  const fails = call.Records.map(() => random() < failShare);
  const kept = call.Records.filter((_, at) => !fails[at]);
  return {
    kept: kept.length === 0 ? null : Buffer.from(JSON.stringify({ ...call, Records: kept })),
    merge(upstream) {
      if (upstream !== null && upstream.status !== 200) return upstream;
      const stored =
        upstream === null ? [] : answerSchema.parse(JSON.parse(upstream.body.toString())).Records;
      let next = 0;
      const Records = fails.map((fail) =>
        fail ? { ErrorCode: code, ErrorMessage: message } : stored[next++],
      );
      const FailedRecordCount = fails.filter(Boolean).length;
      return {
        status: 200,
        headers: { ...upstream?.headers, ...headers },
        body: Buffer.from(JSON.stringify({ FailedRecordCount, Records })),
      };
    },
  };
}
