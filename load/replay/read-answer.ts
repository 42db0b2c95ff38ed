import { acceptedSchema } from '../../schema/wire/receipt.ts';
import type { HttpResponse } from '../http/response-parser.ts';

/** The receipt, if the answer is one for this ballot; else null. */
export function readReceiptId(response: HttpResponse, ballotId: string): string | null {
  if (response.status !== 202) return null;
  const accepted = acceptedSchema.safeParse(parseJson(response));
  return accepted.success && accepted.data.receipt.ballotId === ballotId
    ? accepted.data.receipt.receiptId
    : null;
}

const excerptCharsMax = 100;

/** Status and problem type of an answer that is no receipt, in one line. */
export function describeRefusal(response: HttpResponse): string {
  if (response.status === 202) return '202 without a receipt for the ballot';
  const problem = parseJson(response);
  const hasType = typeof problem === 'object' && problem !== null && 'type' in problem;
  return `${response.status} ${hasType ? String(problem.type) : JSON.stringify(response.body.toString('utf8', 0, excerptCharsMax))}`;
}

function parseJson(response: HttpResponse): unknown {
  try {
    return JSON.parse(response.body.toString('utf8'));
  } catch {
    return null;
  }
}
