import { bundleBytesMax } from '../../../lib/bundle-options.ts';
import { functionVariables } from '../../../lib/local/services/load-handler.ts';
import type { BenchInput, BenchResult } from '../bench-result.ts';
import { atMost, formatFigure, roundFigure } from '../goals.ts';
import { alternate, median, percentile } from '../rounds.ts';
import { formatTable } from '../table.ts';
import { bundleFunction } from './bundle-function.ts';
import { timeStart } from './time-start.ts';

const folders = ['ingest', 'writer'] as const;
type Folder = (typeof folders)[number];
const starts = ['bare', ...folders] as const;

const initMsMax = 250;
const rounds = { full: 20, quick: 2 };

/** Nobody is there: while it is loaded, a function asks nobody. */
const nowhere = 'http://127.0.0.1:9';
const variables = functionVariables({
  streamEndpoint: nowhere,
  storeEndpoint: nowhere,
  queueUrl: `${nowhere}/queue`,
  databaseUrl: 'postgres://role:password@127.0.0.1:9/ballotstream',
});

/** How large the bundles of the votes' way are, and how long a new process takes to have their handler. */
export async function benchColdStart({ quick, stage, say }: BenchInput): Promise<BenchResult> {
  const files = { ingest: stage.file('ingest.cjs'), writer: stage.file('writer.cjs') };
  const bytes = {
    ingest: await bundleFunction('ingest', files.ingest),
    writer: await bundleFunction('writer', files.writer),
  };
  const start = (name: (typeof starts)[number]) =>
    name === 'bare' ? timeStart(variables) : timeStart(variables, files[name]);
  say('cold-start: warming the disk');
  for (const name of starts) await start(name);
  const count = quick ? rounds.quick : rounds.full;
  const walls = await alternate(starts, count, (name, round) => {
    if (name === 'bare') say(`cold-start: round ${round + 1} of ${count}`);
    return start(name);
  });
  const bareMs = median(walls.bare);
  const init = (folder: Folder) => walls[folder].map((ms) => ms - bareMs);
  return describe(count, bareMs, bytes, { ingest: init('ingest'), writer: init('writer') });
}

function describe(
  count: number,
  bareMs: number,
  bytes: Readonly<Record<Folder, number>>,
  inits: Readonly<Record<Folder, readonly number[]>>,
): BenchResult {
  const rows = folders.map((folder) => [
    folder,
    bytes[folder].toLocaleString('en'),
    formatFigure(median(inits[folder])),
    formatFigure(percentile(inits[folder], 0.95)),
  ]);
  return {
    postgresql: null,
    goals: folders.flatMap((folder) => [
      atMost(`${folder} minified, bytes`, bytes[folder], bundleBytesMax[folder] ?? 0),
      atMost(`${folder} init, p95, ms`, percentile(inits[folder], 0.95), initMsMax),
    ]),
    figures: {
      starts: count,
      bareNodeMs: roundFigure(bareMs),
      bytes,
      initMs: Object.fromEntries(
        folders.map((folder) => [
          folder,
          {
            median: roundFigure(median(inits[folder])),
            p95: roundFigure(percentile(inits[folder], 0.95)),
          },
        ]),
      ),
    },
    lines: [
      ...formatTable(['', 'bytes', 'init ms, median', 'p95'], rows),
      `Init: from the start of a process to its handler loaded, less ${formatFigure(bareMs)} ms (median) that Node`,
      `itself takes with nothing to load; ${count} starts each, in turn, files in the page cache, no compile cache.`,
    ],
  };
}
