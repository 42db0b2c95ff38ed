import { type ReceiptStatus, receiptStatusResponseSchema } from '../../schema/wire/receipt.ts';
import { type Results, resultsSchema } from '../../schema/wire/results.ts';
import { createHttpConnection, NoAnswerError } from '../http/connection.ts';
import { type Endpoint, formatGet } from '../http/request-text.ts';
import type { HttpResponse } from '../http/response-parser.ts';

/** Reads one election over HTTP, on a connection of its own; one call at a time. */
export interface ElectionApi {
  /** The status code of the published definition: 200 once ingest knows it; null when nobody answers. */
  definitionStatus(): Promise<number | null>;
  /** Counts of the election, or of one region with all its stations; null when there is no answer now. */
  results(region?: string): Promise<Results | null>;
  /** Null when there is no answer now. */
  receiptStatus(receiptId: string): Promise<ReceiptStatus | null>;
  close(): void;
}

/** Far beyond the 1 MB that a load balancer takes from a function. */
const bodyBytesMax = 16 * 1024 * 1024;
const timeoutMs = 30_000;

export function createElectionApi(endpoint: Endpoint, election: string): ElectionApi {
  const connection = createHttpConnection({ target: endpoint.target, timeoutMs, bodyBytesMax });
  const path = `/v1/elections/${election}`;
  const get = async (below: string): Promise<HttpResponse | null> => {
    try {
      return await connection.send(formatGet(endpoint, path + below));
    } catch (error) {
      if (error instanceof NoAnswerError && error.code !== 'closed') return null;
      throw error;
    }
  };
  const getJson = async (below: string): Promise<unknown> => {
    const response = await get(below);
    return response?.status === 200 ? JSON.parse(response.body.toString('utf8')) : null;
  };
  const getResults = async (query: string): Promise<Results | null> => {
    const json = await getJson(`/results${query}`);
    return json === null ? null : resultsSchema.parse(json);
  };
  return {
    definitionStatus: async () => (await get(''))?.status ?? null,
    async results(region) {
      const query = region === undefined ? '' : `?by=station&region=${encodeURIComponent(region)}`;
      const first = await getResults(query);
      let page = first;
      while (page?.regions?.[0]?.nextAfter !== undefined) {
        page = await getResults(`${query}&after=${encodeURIComponent(page.regions[0].nextAfter)}`);
        // Pages of different positions in the count do not belong together.
        if (page?.version !== first?.version) return null;
        first?.regions?.[0]?.stations?.push(...(page?.regions?.[0]?.stations ?? []));
      }
      return first;
    },
    async receiptStatus(receiptId) {
      const json = await getJson(`/receipts/${receiptId}`);
      return json === null ? null : receiptStatusResponseSchema.parse(json).status;
    },
    close: () => connection.close(),
  };
}
