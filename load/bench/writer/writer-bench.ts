import { buildBenchElection, castDays, rhodeIsland } from '../bench-election.ts';
import type { BenchInput, BenchResult } from '../bench-result.ts';
import { startDatabases } from '../stage/databases.ts';
import { createBenchTable } from './bench-table.ts';
import { compareMixes, compareSizes } from './comparisons.ts';
import { describeWriter } from './describe-writer.ts';
import { measureMatrix } from './matrix.ts';
import { openWriter } from './open-writer.ts';
import { fullSize, quickSize } from './writer-sizes.ts';

/** Votes recorded a second. */
export async function benchWriter({ quick, stage, say }: BenchInput): Promise<BenchResult> {
  const size = quick ? quickSize : fullSize;
  const nowMs = Date.now();
  const election = buildBenchElection({ ...(quick ? { regions: 2, stations: 4 } : rhodeIsland), nowMs });
  say('writer: starting PostgreSQL and object store');
  const [store, databases] = await Promise.all([stage.startStore(), startDatabases(stage)]);
  const open = async (name: string) => {
    const database = await databases.create(name, castDays(nowMs), [...election.regions.keys()]);
    return createBenchTable(
      database,
      await openWriter({ stage, store, definition: election.definition }, database),
    );
  };
  const empty = await open('empty');
  const matrix = await measureMatrix(empty, size, say);
  const mixes = await compareMixes(empty, size, say);
  const filled = await open('filled');
  say(`writer: filling in ${size.filledRows.toLocaleString('en')} votes`);
  await filled.fill(size.filledRows);
  const sizes = await compareSizes({ empty, filled }, size, say);
  return describeWriter({ size, matrix, mixes, sizes, postgresql: databases.version });
}
