import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How often each code stands in a function's log: what the pipeline itself says it has met. */
export function countLogCodes(dataDir: string, part: 'edge' | 'writer'): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  let text = '';
  try {
    text = readFileSync(join(dataDir, 'logs', `${part}.log`), 'utf8');
  } catch {
    // It was killed before it wrote one.
  }
  for (const [, code = ''] of text.matchAll(/"code":"([a-z.-]+)"/g))
    counts.set(code, (counts.get(code) ?? 0) + 1);
  return counts;
}
