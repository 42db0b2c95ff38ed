import { printable } from './results-columns.ts';

/** What was done with rows that are not simply votes, and one of them to look at. */
export interface RowNote {
  readonly what: string;
  readonly rows: number;
  /** Sum of their votes, where they had any. */
  readonly votes: number;
  readonly exampleLine: number;
  readonly example: string;
}

export interface RowNotes {
  /** @param cells the row's, for the example; only the first row of a kind is kept */
  add(what: string, line: number, cells: readonly string[], votes?: number): void;
  /** Most rows first. */
  list(): RowNote[];
}

const exampleCharsMax = 100;
/** Kinds are our own words, so a handful; the limit is against a mistake of ours. */
const kindsMax = 100;

export function createRowNotes(): RowNotes {
  const notes = new Map<string, { rows: number; votes: number; exampleLine: number; example: string }>();
  return {
    add(what, line, cells, votes = 0) {
      const note = notes.get(what);
      if (note !== undefined) {
        note.rows += 1;
        note.votes += votes;
      } else if (notes.size < kindsMax) {
        const text = printable(cells.join(','));
        const example = text.length > exampleCharsMax ? `${text.slice(0, exampleCharsMax)}…` : text;
        notes.set(what, { rows: 1, votes, exampleLine: line, example });
      }
    },
    list: () => [...notes].map(([what, note]) => ({ what, ...note })).sort((a, b) => b.rows - a.rows),
  };
}

/** One line for people: `12 rows: blank votes (line 40: President,,…)`. */
export function describeNote({ what, rows, votes, exampleLine, example }: RowNote): string {
  const sum = votes > 0 ? `, ${votes.toLocaleString('en')} votes` : '';
  return `${rows.toLocaleString('en')} row${rows === 1 ? '' : 's'}: ${what}${sum} (line ${exampleLine}: ${example})`;
}
