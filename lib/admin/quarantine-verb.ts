import * as z from 'zod';
import type { ElectionId } from '../../schema/wire/ids.ts';
import { AdminError } from './admin-error.ts';
import type { Outcome } from './command-line.ts';
import type { Office } from './office.ts';
import {
  type Decision,
  decideQuarantine,
  decisions,
  listQuarantine,
  listRecords,
  type QuarantinedRecord,
  type QuarantineGroup,
} from './quarantine.ts';

export interface QuarantineValues {
  readonly election?: ElectionId | undefined;
  readonly reason?: string | undefined;
  readonly record: readonly string[];
  readonly decision?: string | undefined;
  readonly because?: string | undefined;
}

/** Words for who reads the trail later, on one line. */
const becauseSchema = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .regex(/^\P{Cc}*$/u);

/** `npm run audit -- quarantine list|decide` */
export async function runQuarantine(
  office: Office,
  verb: string | undefined,
  values: QuarantineValues,
): Promise<Outcome> {
  if (verb === 'list') return list(office, values);
  if (verb === 'decide') return decide(office, values);
  throw new AdminError('quarantine list, or quarantine decide (--help)');
}

async function list(office: Office, { reason, election }: QuarantineValues): Promise<Outcome> {
  if (reason === undefined) {
    const all = await listQuarantine(office);
    const groups = election === undefined ? all : all.filter((group) => group.election === election);
    const text = groups.map(describeGroup).join('') || 'nothing is in quarantine\n';
    return { text, json: { groups } };
  }
  const records = await listRecords(office, { reason, election });
  return { text: records.map(describeRecord).join('') || 'none\n', json: { records } };
}

const describeGroup = ({ election, reason, records, undecided, firstAt, lastAt }: QuarantineGroup): string =>
  `${election ?? '(unreadable)'}  ${reason}  ${records} records, ${undecided} without a decision  ${firstAt} to ${lastAt}\n`;

function describeRecord({ key, election, at, decision }: QuarantinedRecord): string {
  const what =
    decision === null ? 'no decision' : `${decision.decision}, ${decision.actor}: ${decision.because}`;
  return `${key}  ${election ?? '(unreadable)'}  ${at}  ${what}\n`;
}

async function decide(office: Office, values: QuarantineValues): Promise<Outcome> {
  const { reason, election, record: keys } = values;
  if (reason === undefined) throw new AdminError('--reason: which records (quarantine list names them)');
  const decision = decisions.find((one): one is Decision => one === values.decision);
  if (decision === undefined) throw new AdminError(`--decision: ${decisions.join(' or ')}`);
  const because = becauseSchema.safeParse(values.because);
  if (!because.success) throw new AdminError('--because: why, in 1 to 500 characters on one line');
  const records = await decideQuarantine(office, { reason, election, decision, because: because.data, keys });
  const text =
    records === 0
      ? 'there is no record without a decision\n'
      : `${records} records: ${decision}; noted in the trail, and nothing else was changed\n`;
  return { text, json: { records, decision, reason } };
}
