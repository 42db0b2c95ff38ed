import { basename } from 'node:path';
import type { Definition } from '../../schema/wire/definition.ts';
import { buildDefinition } from './build-definition.ts';
import type { ReplayOptions } from './command-line.ts';
import type { Dealer } from './deal-ballots.ts';
import { mintPasses } from './mint-passes.ts';
import type { PassFile } from './pass-file.ts';
import { makeRegionKeys, type RegionKey } from './pass-keys.ts';
import { type ElectionPlan, planElection } from './plan-election.ts';
import { formatCount, formatSeconds, type Progress } from './progress.ts';
import { readResultsFile } from './results-file.ts';
import { describeNote } from './row-notes.ts';
import { slugOf } from './slugs.ts';

/**
 * Reads the file, says what was done with its rows, and makes an election of it.
 * @throws ReplayError
 */
export async function readPlan(options: ReplayOptions, progress: Progress): Promise<ElectionPlan> {
  const file = await readResultsFile(options.file, { offices: options.offices });
  progress.say(`read ${formatCount(file.rows)} rows of ${basename(options.file)}`);
  for (const note of file.notes) progress.say(`  ${describeNote(note)}`);
  if (file.columns.ignored.length > 0) progress.say(`  columns not used: ${file.columns.ignored.join(', ')}`);
  const plan = planElection(file, {
    regionPattern: options.regionPattern,
    voteFor: options.voteFor,
    fallbackRegionName: 'All precincts',
  });
  for (const remark of plan.remarks) progress.say(`  ${remark}`);
  const empty = plan.stations.filter((station) => station.ballots === 0).length;
  progress.say(
    `${formatCount(plan.contests.length)} contests, ${formatCount(plan.regions.length)} regions, ${formatCount(plan.stations.length)} stations${empty > 0 ? ` (${formatCount(empty)} of them without a vote)` : ''}`,
  );
  return plan;
}

/** One issuer key a region. */
export async function makeKeys(plan: ElectionPlan, progress: Progress): Promise<RegionKey[]> {
  progress.begin('making keys', plan.regions.length);
  return makeRegionKeys(plan.regions.length, (made) => progress.update(made));
}

export interface MintParts {
  readonly dealer: Dealer;
  readonly ballots: number;
  readonly passes: PassFile;
  readonly keys: readonly RegionKey[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Mints the passes of all ballots to be cast, in the order of casting. @throws the signal's reason */
export async function mint({ dealer, ballots, passes, keys, progress, signal }: MintParts): Promise<void> {
  progress.begin('minting passes', ballots);
  const startMs = performance.now();
  const regionAt = (place: number): number => dealer.stationAt(place).region;
  await mintPasses({
    passes: ballots,
    regionAt,
    keys,
    file: passes,
    onMinted: (minted) => progress.update(minted),
    signal,
  });
  progress.end();
  const seconds = (performance.now() - startMs) / 1000;
  progress.say(
    `minted ${formatCount(ballots)} passes in ${formatSeconds(seconds)} (${formatCount(ballots / seconds)}/s)`,
  );
}

/**
 * The election's definition. Each run is an election of its own, so that a pipeline can take the same file again.
 * @throws ReplayError `bad-election`
 */
export function defineElection(
  { file, issue }: ReplayOptions,
  plan: ElectionPlan,
  passKeys: readonly RegionKey[],
): Definition {
  const name = basename(file).replace(/\.csv$/i, '');
  const nowMs = Date.now();
  const election = `replay-${slugOf(name, 40)}-${nowMs.toString(36)}`;
  return buildDefinition({
    election,
    name: `Replay of ${name}`,
    plan,
    passKeys,
    hasIssuing: issue > 0,
    nowMs,
  });
}
