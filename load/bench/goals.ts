/** A figure, most of them ratios, that a bench has to reach. */
export interface Goal {
  readonly name: string;
  readonly kind: 'at least' | 'at most';
  readonly goal: number;
  readonly measured: number;
  readonly met: boolean;
}

export const atLeast = (name: string, measured: number, goal: number): Goal =>
  judge('at least', name, measured, goal, (figure) => figure >= goal);

export const atMost = (name: string, measured: number, goal: number): Goal =>
  judge('at most', name, measured, goal, (figure) => figure <= goal);

/** The figure that is shown is the one that is judged. */
function judge(
  kind: Goal['kind'],
  name: string,
  exact: number,
  goal: number,
  isMet: (figure: number) => boolean,
): Goal {
  const measured = roundFigure(exact);
  return { name, kind, goal, measured, met: isMet(measured) };
}

/** `met` or `not met: 0.41 of 0.5` */
export function describeOutcome({ met, measured, goal }: Goal): string {
  return met ? 'met' : `not met: ${formatFigure(measured)} of ${goal}`;
}

/** Three significant digits, whole from a hundred on: what the measurement is worth. */
export function roundFigure(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

/** `0.41`, `26.3`, `48,210` */
export const formatFigure = (value: number): string =>
  roundFigure(value).toLocaleString('en', { maximumFractionDigits: 4 });
