import { appendFileSync, closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import type { SQSEvent } from 'aws-lambda';
import type { LambdaHandler } from '../lambda-invoke.ts';
import { keyOfRecord } from './accepted-votes.ts';

/** In the data directory. */
export const ledgerName = 'overflow-votes.txt';

/** A key and the end of its line: 14 digits of base 16 hold 53 bits. */
const lineBytes = 15;

/**
 * Notes every vote that the queue delivers before the function has it: a queue, unlike a stream, cannot be read
 * again afterwards. Hashes only.
 */
export function noteOverflow<Result>(
  file: string,
  handler: LambdaHandler<SQSEvent, Result>,
): LambdaHandler<SQSEvent, Result> {
  return async (event, context) => {
    const lines = event.Records.map(
      ({ body }) =>
        `${keyOfRecord(Buffer.from(body))
          .toString(16)
          .padStart(lineBytes - 1, '0')}\n`,
    );
    appendFileSync(file, lines.join(''), { mode: 0o600 });
    return handler(event, context);
  };
}

/** @returns a function that gives the keys noted since the call before */
export function createLedgerReader(file: string): () => number[] {
  let offset = 0;
  return () => {
    if (!existsSync(file)) return [];
    const descriptor = openSync(file, 'r');
    try {
      // A line that is being written comes whole the next time.
      const whole = Math.floor((fstatSync(descriptor).size - offset) / lineBytes) * lineBytes;
      if (whole <= 0) return [];
      const bytes = Buffer.alloc(whole);
      readSync(descriptor, bytes, 0, whole, offset);
      offset += whole;
      return bytes
        .toString('latin1')
        .trimEnd()
        .split('\n')
        .map((line) => Number.parseInt(line, 16));
    } finally {
      closeSync(descriptor);
    }
  };
}
