import type { ALBResult } from 'aws-lambda';
import { createKioskVerifier } from '../../functions/adapters/kiosk-verifier.ts';
import { createPassVerifier } from '../../functions/adapters/pass-verifier.ts';
import { createReceiptSigner } from '../../functions/adapters/receipt-signer.ts';
import type { Election } from '../../functions/core/election.ts';
import type { LogCode, LogFields, SinkEntry, VoteSink } from '../../functions/core/ports.ts';
import { createAlbHandler } from '../../functions/http/alb.ts';
import { createIngestApp } from '../../functions/ingest/app.ts';
import { albEvent, type TestRequest } from './alb.ts';
import { openMs, receiptSecret } from './election.ts';
import { createCounts } from './metrics.ts';
import { definitionsOf } from './records.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The last part of the problem type, null if the answer is no problem. */
  readonly problem: string | null;
  readonly json: () => Record<string, unknown>;
}

/** The real ingest app with a sink that remembers; the clock stands still unless told otherwise. */
export function createTestIngest(elections: readonly Election[], sink?: VoteSink) {
  const entries: SinkEntry[] = [];
  const logged: { code: LogCode; fields: LogFields }[] = [];
  const metrics = createCounts();
  const verified = { passes: 0, kiosks: 0 };
  const verifier = createPassVerifier();
  const kiosks = createKioskVerifier({ isRevoked: (_, kiosk) => revoked.has(kiosk) });
  const state = { nowMs: openMs };
  const revoked = new Set<string>();
  const remember: VoteSink = {
    put: async (entry) => {
      entries.push(entry);
      return 'stream';
    },
  };
  const app = createIngestApp({
    definitions: definitionsOf(...elections),
    verifier: {
      verify(election, pass) {
        verified.passes += 1;
        return verifier.verify(election, pass);
      },
    },
    kiosks: {
      verify(election, authorization, nowMs) {
        verified.kiosks += 1;
        return kiosks.verify(election, authorization, nowMs);
      },
    },
    receipts: createReceiptSigner(async () => receiptSecret, Date.now),
    sink: sink ?? remember,
    clock: () => state.nowMs,
    log: (code, fields = {}) => logged.push({ code, fields }),
    metrics,
    build: 'test',
  });
  const handle = createAlbHandler(app);
  return {
    entries,
    logged,
    metrics,
    /** Passes and kiosks that were asked about, which is what costs. */
    verified,
    state,
    revoked,
    send: async (request: TestRequest, shape: 'single' | 'multi' = 'multi') =>
      toAnswer(await handle(albEvent(request, shape))),
    handle,
  };
}

export function toAnswer(result: ALBResult): Answer {
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(result.multiValueHeaders ?? {}))
    headers[name] = values.join(', ');
  for (const [name, value] of Object.entries(result.headers ?? {})) headers[name] = String(value);
  const body = result.body ?? '';
  // An answer to HEAD has the headers of a problem and no body to read one from.
  const isProblem = headers['content-type'] === 'application/problem+json' && body !== '';
  const type = isProblem ? (JSON.parse(body) as { type: string }).type : null;
  return {
    status: result.statusCode,
    headers,
    body,
    problem: type?.split(':').at(-1) ?? null,
    json: () => JSON.parse(body),
  };
}
