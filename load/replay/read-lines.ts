import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { CsvError, type Info, parse } from 'csv-parse';
import { ReplayError } from './replay-error.ts';
import { printable } from './results-columns.ts';

/** A line of the file; 64 KiB is a hundred times the longest that a state publishes. */
export const lineBytesMax = 64 * 1024;
/** California has two million; this is against a file that never ends. */
export const linesMax = 20_000_000;

export interface CsvLine {
  readonly cells: readonly string[];
  /** Of its last line, where a quoted cell spans several. From 1. */
  readonly line: number;
}

/**
 * The file's lines, one after the other, whatever its line ends, with or without a byte order mark.
 * Files that are not UTF-8 are read as Windows-1252, which is what the rest of them are.
 * @throws ReplayError `bad-file`
 */
export async function* readCsvLines(path: string): AsyncGenerator<CsvLine> {
  const parser = parse({
    bom: true,
    info: true,
    // Nicknames stand in quotes in names that are not quoted: Roque "Rocky" De La Fuente.
    relax_quotes: true,
    // The caller reports such lines by number.
    relax_column_count: true,
    skip_empty_lines: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: lineBytesMax,
  });
  try {
    const source = Readable.from(decodeChunks(path, await findEncoding(path)));
    source.once('error', (error) => parser.destroy(error));
    source.pipe(parser);
    for await (const row of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      if (row.info.lines > linesMax)
        throw new ReplayError('bad-file', `${path} has more than ${linesMax} lines`);
      yield { cells: row.record, line: row.info.lines };
    }
  } catch (error) {
    throw explain(path, error);
  } finally {
    parser.destroy();
  }
}

async function findEncoding(path: string): Promise<'utf-8' | 'windows-1252'> {
  const strict = new TextDecoder('utf-8', { fatal: true });
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    try {
      strict.decode(chunk, { stream: true });
    } catch {
      return 'windows-1252';
    }
  }
  return 'utf-8';
}

async function* decodeChunks(path: string, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const text = decoder.decode(chunk, { stream: true });
    if (text !== '') yield text;
  }
}

function explain(path: string, error: unknown): unknown {
  if (error instanceof CsvError) {
    const what =
      error.code === 'CSV_MAX_RECORD_SIZE'
        ? `a line is longer than ${lineBytesMax} bytes, or a quote before it is never closed`
        : printable(error.message);
    return new ReplayError('bad-file', `${path} is no CSV file: ${what} (line ${String(error['lines'])})`, {
      cause: error,
    });
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return new ReplayError('bad-file', `there is no file ${path}`, { cause: error });
  if (code === 'EISDIR')
    return new ReplayError('bad-file', `${path} is a directory, not a results file`, { cause: error });
  if (code === 'EACCES') return new ReplayError('bad-file', `${path} may not be read`, { cause: error });
  return error;
}
