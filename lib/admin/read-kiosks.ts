import { CsvError, parse } from 'csv-parse';
import { AdminError } from './admin-error.ts';
import type { ListedKiosk } from './register-kiosks.ts';

/** A hundred thousand kiosks are some 15 MB. */
export const kioskListBytesMax = 64 * 1024 * 1024;
const columns = ['region', 'station', 'key'] as const;
const lineBytesMax = 2_000;

/**
 * Kiosks in CSV with the header `region,station,key`, in any order.
 * @throws AdminError for another header, and what is no CSV, with the line
 */
export async function readKiosks(text: string): Promise<ListedKiosk[]> {
  const kiosks: ListedKiosk[] = [];
  const parser = parse(text, {
    columns: checkHeader,
    info: true,
    bom: true,
    trim: true,
    skip_empty_lines: true,
    max_record_size: lineBytesMax,
  });
  try {
    for await (const { record, info } of parser as AsyncIterable<ParsedLine>)
      kiosks.push({ ...record, line: info.lines });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines, code } = error as CsvError & { readonly lines?: number };
    throw new AdminError(`line ${lines ?? 1}: cannot be read as CSV (${code})`);
  }
  if (kiosks.length === 0) throw new AdminError('there are no kiosks in it');
  return kiosks;
}

interface ParsedLine {
  readonly record: Record<(typeof columns)[number], string>;
  readonly info: { readonly lines: number };
}

function checkHeader(header: readonly string[]): string[] {
  if (header.toSorted().join() !== columns.toSorted().join())
    throw new AdminError(`line 1: the header has to be ${columns.join(',')}`);
  return [...header];
}
