import { isUtf8 } from 'node:buffer';
import { RollError } from '../../functions/adapters/postgres/import-roll.ts';

const lineFeed = 10;
const carriageReturn = 13;

/**
 * Passes bytes on, whole lines at a time, and stops at the first line that is not UTF-8: a code with a character that
 * cannot be read would be kept as another code, and its voter turned away.
 *
 * @param lineBytesMax of a line; what is longer has no end that could be waited for
 * @throws RollError with the number of the line
 */
export async function* checkUtf8(
  chunks: AsyncIterable<Buffer>,
  lineBytesMax: number,
): AsyncGenerator<Buffer> {
  let lines = 0;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = Math.max(bytes.lastIndexOf(lineFeed), bytes.lastIndexOf(carriageReturn)) + 1;
    rest = bytes.subarray(end);
    const whole = bytes.subarray(0, end);
    check(whole, lines);
    lines += countLines(whole);
    if (rest.length > lineBytesMax)
      throw new RollError([`line ${lines + 1}: longer than ${lineBytesMax.toLocaleString('en')} bytes`]);
    if (whole.length > 0) yield whole;
  }
  check(rest, lines);
  if (rest.length > 0) yield rest;
}

/** Of a file with CR alone there is no number that an editor would show. */
function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) count += 1;
  return count;
}

function check(bytes: Buffer, linesBefore: number): void {
  if (isUtf8(bytes)) return;
  let from = 0;
  for (let line = linesBefore + 1; ; line += 1) {
    const end = bytes.indexOf(lineFeed, from);
    const isLast = end < 0;
    if (isLast || !isUtf8(bytes.subarray(from, end)))
      throw new RollError([`line ${line}: not UTF-8; save the file as UTF-8`]);
    from = end + 1;
  }
}
