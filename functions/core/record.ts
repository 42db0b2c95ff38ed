import { recordBytesMax } from '../../schema/wire/limits.ts';
import { type StreamRecord, streamRecordSchema } from '../../schema/wire/record.ts';

/** Why a record can be read by nobody. */
export type RecordFault = 'too-large' | 'invalid-utf8' | 'malformed-json' | 'invalid-record';

export type DecodedRecord =
  | { readonly ok: true; readonly record: StreamRecord }
  | { readonly ok: false; readonly fault: RecordFault };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The bytes of a record as they go into the stream. */
export const encodeRecord = (record: StreamRecord): Buffer => Buffer.from(JSON.stringify(record));

/** Reads what the stream delivers, which may be anything. */
export function decodeRecord(bytes: Uint8Array): DecodedRecord {
  if (bytes.length > recordBytesMax) return { ok: false, fault: 'too-large' };
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { ok: false, fault: 'invalid-utf8' };
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, fault: 'malformed-json' };
  }
  const parsed = streamRecordSchema.safeParse(json);
  return parsed.success ? { ok: true, record: parsed.data } : { ok: false, fault: 'invalid-record' };
}
