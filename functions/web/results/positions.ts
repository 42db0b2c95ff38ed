import type { Results } from '../../../schema/wire/results.ts';

/** Where in the count an answer stands. */
export type Position = Pick<Results, 'definition' | 'version'>;

/** The same with what it says of itself; a row of a table has the one of its answer. */
export type Standing = Position & Pick<Results, 'asOf' | 'status'>;

/** The one that is furthest behind: all of them have got that far. `fallback` where there are none. */
export const earliestOf = (standings: readonly Standing[], fallback: Standing): Standing =>
  standings.reduce(
    (earliest, one) => (one.version < earliest.version ? one : earliest),
    standings[0] ?? fallback,
  );

/**
 * Whether an answer may take the place of what is shown. Readers lag behind each other, and a slow answer may come
 * after a later one: neither the count nor the definition ever goes back, not even while the other goes on.
 */
export function isNewer(answer: Position, shown: Position | null): boolean {
  if (shown === null) return true;
  if (answer.definition < shown.definition || answer.version < shown.version) return false;
  return answer.definition > shown.definition || answer.version > shown.version;
}
