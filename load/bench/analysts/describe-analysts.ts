import type { BenchResult } from '../bench-result.ts';
import { atLeast, atMost, formatFigure, roundFigure } from '../goals.ts';
import { median, ratioOf } from '../rounds.ts';
import { formatTable } from '../table.ts';
import {
  type AnalystsRounds,
  type AnalystsSide,
  analystsSides,
  questions,
  type SideRounds,
  sideNames,
  sides,
} from './measure-rounds.ts';
import type { AnalystsSizes } from './sizes.ts';

export function describeAnalysts({
  size,
  rounds,
  isPinned,
  postgresql,
}: {
  readonly size: AnalystsSizes;
  readonly rounds: AnalystsRounds;
  readonly isPinned: boolean;
  readonly postgresql: string;
}): BenchResult {
  const rows: [what: string, (of: SideRounds) => readonly number[]][] = [
    ['votes recorded a second', (of) => of.votesPerSecond],
    ...questions.flatMap((question): typeof rows => [
      [`results, by=${question}, ms, p50`, (of) => of.p50[question]],
      [`results, by=${question}, ms, p95`, (of) => of.p95[question]],
    ]),
  ];
  const ratio = (side: AnalystsSide, of: (side: SideRounds) => readonly number[]): number =>
    ratioOf(of(rounds[side]), of(rounds.without));
  return {
    postgresql,
    goals: [
      atLeast(
        'votes recorded with analysts apart, to without',
        ratio('apart', (of) => of.votesPerSecond),
        0.9,
      ),
      ...questions.map((question) =>
        atMost(
          `results by=${question} with analysts apart, to without, p50`,
          ratio('apart', (of) => of.p50[question]),
          1.1,
        ),
      ),
    ],
    figures: {
      ballots: size.filled,
      rounds: size.rounds,
      coresKeptApart: isPinned,
      analysts: size.analysts,
      resultsUnavailable: Object.fromEntries(sides.map((side) => [side, sum(rounds[side].unavailable)])),
      reportsAnswered: Object.fromEntries(analystsSides.map((side) => [side, sum(rounds[side].reports)])),
      ...Object.fromEntries(
        sides.map((side) => [
          side,
          Object.fromEntries(rows.map(([what, of]) => [what, roundFigure(median(of(rounds[side])))])),
        ]),
      ),
    },
    lines: [
      ...formatTable(
        ['median of the rounds', ...sides.map((side) => sideNames[side]), 'ratio apart', 'ratio beside'],
        rows.map(([what, of]) => [
          what,
          ...sides.map((side) => formatFigure(median(of(rounds[side])))),
          ...analystsSides.map((side) => formatFigure(ratio(side, of))),
        ]),
      ),
      `Results answered 503: ${sides.map((side) => `${sum(rounds[side].unavailable)} ${sideNames[side]}`).join(', ')}.`,
      'Apart: the analysts have what nobody else wants of the core, as on a reader of their own. Beside: at equal rights.',
      isPinned
        ? 'One core for the primary and the writer; another for the standby, the analysts and who reads results.'
        : 'No taskset here, or one core: all share what there is, and the figures say so.',
    ],
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
