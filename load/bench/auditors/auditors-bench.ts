import { buildBenchElection, castDays, rhodeIsland } from '../bench-election.ts';
import type { BenchInput, BenchResult } from '../bench-result.ts';
import { atLeast, atMost, formatFigure, roundFigure } from '../goals.ts';
import { median } from '../rounds.ts';
import { startDatabases } from '../stage/databases.ts';
import { formatTable } from '../table.ts';
import { openWriter } from '../writer/open-writer.ts';
import {
  type CommandSample,
  countOnce,
  type ExportSample,
  exportOnce,
  type FilledElection,
  type Format,
  formats,
  recountOnce,
} from './measure-audit.ts';

interface Sizes {
  readonly regions: number;
  readonly stations: number;
  /** Ballots of the two elections whose exports are held against each other. */
  readonly few: number;
  readonly many: number;
  readonly rounds: number;
}

const fullSize: Sizes = { ...rhodeIsland, few: 500_000, many: 5_000_000, rounds: 5 };
const quickSize: Sizes = { regions: 2, stations: 4, few: 1_000, many: 2_000, rounds: 1 };

/** What the issue asks of a recount, and what "flat memory" is taken to mean: a quarter more for ten times the ballots. */
const ballotsPerSecondMin = 1_000_000;
const memoryRatioMax = 1.25;

/** Counting five million ballots again, and exporting them: with the commands themselves. */
export async function benchAuditors({ quick, stage, say }: BenchInput): Promise<BenchResult> {
  const size = quick ? quickSize : fullSize;
  const nowMs = Date.now();
  const { definition, regions } = buildBenchElection({ ...size, nowMs });
  say('auditors: starting PostgreSQL and object store');
  const [store, databases] = await Promise.all([stage.startStore(), startDatabases(stage)]);
  const fill = async (name: string, ballots: number): Promise<FilledElection> => {
    say(`auditors: filling in ${ballots.toLocaleString('en')} ballots`);
    const database = await databases.create(name, castDays(nowMs), [...regions.keys()]);
    const writer = await openWriter({ stage, store, definition }, database);
    await writer.run({ kind: 'fill', votes: ballots, superuserUrl: database.superuserUrl });
    await writer.end();
    return { stage, database, election: definition.election, ballots };
  };
  const many = await fill('many', size.many);
  const [recounts, linesRecounts]: [number[], number[]] = [[], []];
  for (let round = -1; round < size.rounds; round += 1) {
    say(round < 0 ? 'auditors: warming up' : `auditors: recount ${round + 1} of ${size.rounds}`);
    const ballotsPerSecond = await recountOnce(many);
    if (round < 0) continue;
    recounts.push(ballotsPerSecond);
    linesRecounts.push(await recountOnce(many, '--line-by-line'));
  }
  say('auditors: beginning an independent count');
  const count = await countOnce(many);
  const few = await fill('few', size.few);
  const samples = new Map<Format, FormatSamples>();
  for (const format of formats) {
    say(`auditors: exporting as ${format}`);
    samples.set(format, { few: await exportOnce(few, format), many: await exportOnce(many, format) });
  }
  return describe({ size, recounts, linesRecounts, count, samples, postgresql: databases.version });
}

interface FormatSamples {
  readonly few: ExportSample;
  readonly many: ExportSample;
}

function describe({
  size,
  recounts,
  linesRecounts,
  count,
  samples,
  postgresql,
}: {
  readonly size: Sizes;
  readonly recounts: readonly number[];
  readonly linesRecounts: readonly number[];
  readonly count: CommandSample;
  readonly samples: ReadonlyMap<Format, FormatSamples>;
  readonly postgresql: string;
}): BenchResult {
  return {
    postgresql,
    goals: [
      atLeast('ballots counted again a second', median(recounts), ballotsPerSecondMin),
      ...[...samples].map(([format, { few, many }]) =>
        atMost(
          `memory for ${format} of all ballots, to a tenth of them`,
          many.memoryMb / few.memoryMb,
          memoryRatioMax,
        ),
      ),
    ],
    figures: {
      ballots: size.many,
      ballotsOfSmallElection: size.few,
      recountedPerSecond: recounts.map(roundFigure),
      recountedLineByLinePerSecond: linesRecounts.map(roundFigure),
      count: { seconds: roundFigure(count.seconds), memoryMb: roundFigure(count.memoryMb) },
      ...Object.fromEntries(
        [...samples].map(([format, { few, many }]) => [
          format,
          {
            seconds: roundFigure(many.seconds),
            megabytes: roundFigure(many.megabytes),
            memoryMb: roundFigure(many.memoryMb),
            memoryMbOfSmallElection: roundFigure(few.memoryMb),
          },
        ]),
      ),
    },
    lines: [
      `Counted again line by line, as ballots are of which hardly two are alike: ${formatFigure(median(linesRecounts))} a second.`,
      `Independent count begun, each ballot read and compared: ${formatFigure(count.seconds)} s, ${formatFigure(count.memoryMb)} MB.`,
      ...formatTable(
        ['export', 'seconds', 'ballots/s', 'MB', 'memory, MB', `at ${formatFigure(size.few)}`],
        [...samples].map(([format, { few, many }]) => [
          format,
          ...[many.seconds, size.many / many.seconds, many.megabytes, many.memoryMb, few.memoryMb].map(
            formatFigure,
          ),
        ]),
      ),
      `${formatFigure(size.many)} ballots, as commands: from the start of a process to its end; memory is the most it had, without PostgreSQL's.`,
    ],
  };
}
