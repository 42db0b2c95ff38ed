import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientBase } from 'pg';
import type {
  ExportContest,
  ExportElection,
  ExportLine,
  ExportUnit,
} from '../../lib/export/export-election.ts';
import type { ExportBallot, ExportSource } from '../../lib/export/export-source.ts';
import { choosePlaces, type ShownPlaces } from '../../lib/export/small-stations.ts';
import { writeCvr } from '../../lib/export/write-cvr.ts';
import { writeResults } from '../../lib/export/write-results.ts';

/** Ballots of one style in one station, and how many of them mark the first choice of each contest; no other is marked. */
export interface Cell {
  readonly region: string;
  readonly station: string;
  readonly ballotStyle: string;
  readonly ballots: number;
  readonly marked: number;
}

/** Contests by ballot style. */
export type Styles = Readonly<Record<string, readonly string[]>>;

/** Of a file, in a shape that a schema has checked. */
export type Loose = ReturnType<typeof JSON.parse>;

export interface Exported {
  readonly places: ShownPlaces;
  readonly results: Loose;
  readonly records: Loose;
}

const choicesOf = ['yes', 'no'] as const;

/** An election without a database: its results and Cast Vote Records, as they are written and read back. */
export async function exportCells(
  cells: readonly Cell[],
  styles: Styles,
  ballotsMin: number,
): Promise<Exported> {
  const election = describeElection(cells, styles);
  const there = cells.filter(({ ballots }) => ballots > 0);
  const places = choosePlaces(there, (style) => styles[style] ?? [], ballotsMin);
  const source: ExportSource = {
    election,
    places,
    async *ballots() {
      yield there.flatMap((cell) => ballotsOf(cell, styles, places));
    },
  };
  const client = { query: async () => ({ rows: tallyOf(election, there, styles) }) };
  const directory = mkdtempSync(join(tmpdir(), 'ballotstream-export-'));
  try {
    const header = { issuer: 'Office', issuerAbbreviation: 'OFF', status: 'unofficial-partial' };
    await writeResults(source, client as unknown as ClientBase, directory, header);
    await writeCvr(source, directory);
    const read = (name: string): Loose => JSON.parse(readFileSync(join(directory, name), 'utf8'));
    return { places, results: read('results.json'), records: read('cvr-00001.json') };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function describeElection(cells: readonly Cell[], styles: Styles): ExportElection {
  const contests: ExportContest[] = [...new Set(Object.values(styles).flat())].map((contest) => ({
    contest,
    name: `Contest ${contest}`,
    maxSelections: 1,
    choices: choicesOf.map((choice) => ({ choice, name: choice, party: choice === 'yes' ? 'Assent' : null })),
  }));
  const lines: ExportLine[] = [
    ...contests.flatMap(({ contest }) =>
      choicesOf.map((choice) => ({
        kind: 'choice' as const,
        contest,
        choice,
        text: `${contest}=${choice}`,
      })),
    ),
    ...Object.keys(styles).map((ballotStyle) => ({
      kind: 'ballot' as const,
      ballotStyle,
      channel: 'kiosk',
    })),
  ];
  return {
    electionNo: 1,
    election: 'made',
    name: 'Made up',
    timeZone: 'UTC',
    firstDay: '2026-11-03',
    lastDay: '2026-11-03',
    asOf: '2026-11-03T20:00:00Z',
    ballots: cells.reduce((sum, { ballots }) => sum + ballots, 0),
    units: unitsOf(cells),
    contests,
    lines: new Map(lines.map((line, at) => [at + 1, line])),
    contestsOf: new Map(
      Object.entries(styles).map(([style, ids]) => [
        style,
        contests.filter(({ contest }) => ids.includes(contest)),
      ]),
    ),
  };
}

function unitsOf(cells: readonly Cell[]): ExportUnit[] {
  const places = new Map<string, [region: string | null, station: string | null]>([['', [null, null]]]);
  for (const { region } of cells) places.set(region, [region, null]);
  for (const { region, station } of cells) places.set(`${region}/${station}`, [region, station]);
  return [...places.values()].map(([region, station], unitNo) => ({
    unitNo,
    level: region === null ? 'election' : station === null ? 'region' : 'station',
    parentNo: null,
    region,
    station,
    name: station ?? region ?? 'All',
    registeredVoters: null,
  }));
}

/** As `tally_now` has it. */
function tallyOf({ units, lines }: ExportElection, cells: readonly Cell[], styles: Styles) {
  return units.flatMap(({ unitNo, region, station }) => {
    const within = cells.filter(
      (cell) => (region === null || cell.region === region) && (station === null || cell.station === station),
    );
    return [...lines].flatMap(([lineNo, line]) => {
      const votes = within.reduce((sum, cell) => {
        if (line.kind === 'ballot') return sum + (cell.ballotStyle === line.ballotStyle ? cell.ballots : 0);
        const isMarked = line.choice === choicesOf[0] && styles[cell.ballotStyle]?.includes(line.contest);
        return sum + (isMarked === true ? cell.marked : 0);
      }, 0);
      return votes === 0 ? [] : [[unitNo, lineNo, String(votes)]];
    });
  });
}

function ballotsOf(
  { region, station, ballotStyle, ballots, marked }: Cell,
  styles: Styles,
  places: ShownPlaces,
): ExportBallot[] {
  const shownIn = places.placeOf(region, station, ballotStyle);
  if (shownIn === null) return [];
  const [choice] = choicesOf;
  return Array.from({ length: ballots }, (_, at) => ({
    id: `${region}-${station}-${ballotStyle}-${at}`,
    castOn: '2026-11-03',
    castAt: '2026-11-03T12:00Z',
    region,
    station: shownIn,
    channel: 'kiosk',
    ballotStyle,
    selections:
      at < marked
        ? (styles[ballotStyle] ?? []).map((contest) => ({ contest, choice, text: `${contest}=${choice}` }))
        : [],
  }));
}
