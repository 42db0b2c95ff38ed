/** Something that does not add up, named. */
export interface Difference {
  readonly kind:
    | 'tally'
    | 'books'
    | 'accounting'
    | 'unknown-station'
    | 'evidence'
    /** Seen by the independent count in the change stream. */
    | 'forbidden-change'
    | 'publication';
  /** One line for people, with both numbers. */
  readonly text: string;
  /** Where the ballots in question lie, or would. */
  readonly partitions: readonly string[];
  readonly station?: { readonly region: string; readonly station: string; readonly castOn?: string };
}

/** @returns one line a difference */
export function describeDifference({ kind, text, partitions }: Difference): string {
  const where = partitions.length === 0 ? '' : ` [${partitions.join(', ')}]`;
  return `${kind}: ${text}${where}`;
}
