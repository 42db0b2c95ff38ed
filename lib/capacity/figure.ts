/**
 * How far a figure can be trusted. S: read in AWS's documentation, or in the text of its SDK or CDK.
 * M: second-hand. G: an estimate, to be replaced by a measurement. measured: by a command of ours.
 * chosen: a setting of ours, true because we say so.
 */
export type Grade = 'S' | 'M' | 'G' | 'measured' | 'chosen';

export interface Figure {
  readonly value: number;
  readonly grade: Grade;
  /** The page, the command, or why somebody thinks so. */
  readonly source: string;
}

const graded =
  (grade: Grade) =>
  (value: number, source: string): Figure => ({ value, grade, source });

export const read = graded('S');
export const heard = graded('M');
export const estimated = graded('G');
export const measured = graded('measured');
export const chosen = graded('chosen');

/** The bare numbers of a table of figures, under the same names. */
export function valuesOf<Name extends string>(
  figures: Readonly<Record<Name, Figure>>,
): Readonly<Record<Name, number>> {
  const entries = Object.entries<Figure>(figures).map(([name, { value }]) => [name, value]);
  return Object.fromEntries(entries) as Record<Name, number>;
}
