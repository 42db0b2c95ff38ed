/** Something that does not add up, named. */
export interface Difference {
  readonly kind:
    | 'tally'
    | 'books'
    | 'accounting'
    | 'unknown-station'
    /** A ballot whose own line says another channel than it does itself. */
    | 'contradiction'
    | 'evidence'
    /** Seen by the independent count in the change stream. */
    | 'forbidden-change'
    | 'publication';
  /** One line for people, with both numbers. */
  readonly text: string;
  /** Where the ballots in question lie, or would. */
  readonly partitions: readonly string[];
  /** It is one of those partitions, or several: nothing says which. */
  readonly isOneOf?: boolean;
  readonly station?: { readonly region: string; readonly station: string; readonly castOn?: string };
}

/** @returns one line a difference */
export function describeDifference({ kind, text, partitions, isOneOf }: Difference): string {
  const where =
    partitions.length === 0 ? '' : ` [${isOneOf === true ? 'one of ' : ''}${partitions.join(', ')}]`;
  return `${kind}: ${text}${where}`;
}
