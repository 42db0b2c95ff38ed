import { ReplayError } from './replay-error.ts';
import type { FilePrecinct } from './results-sums.ts';

export interface PlacedRegion {
  readonly name: string;
  readonly precincts: readonly FilePrecinct[];
}

export interface Placement {
  readonly regions: readonly PlacedRegion[];
  /** What people should know of how it was done. */
  readonly remarks: readonly string[];
}

/** Precincts that the pattern does not fit, or whose county is blank. */
const otherName = 'Other precincts';

/**
 * Puts the precincts into regions: by county where the file has one, else by what the pattern's
 * first group finds in the precinct's name, else all into one.
 * @param fallbackName Of the one region.
 */
export function placeRegions(
  precincts: readonly FilePrecinct[],
  pattern: RegExp | null,
  fallbackName: string,
): Placement {
  const regions = new Map<string, { name: string; precincts: FilePrecinct[] }>();
  const hasCounties = precincts.some((precinct) => precinct.county !== '');
  const unplaced: string[] = [];
  for (const precinct of precincts) {
    const found = precinct.county !== '' ? precinct.county : pattern?.exec(precinct.name)?.[1]?.trim();
    const isPlaced = found !== undefined && found !== '';
    if (!isPlaced && (pattern !== null || hasCounties)) unplaced.push(precinct.name);
    const name = isPlaced ? found : pattern !== null || hasCounties ? otherName : fallbackName;
    const key = name.toLowerCase();
    const region = regions.get(key) ?? { name, precincts: [] };
    region.precincts.push(precinct);
    regions.set(key, region);
  }
  return { regions: [...regions.values()], remarks: remarksOn(hasCounties, pattern, unplaced) };
}

function remarksOn(hasCounties: boolean, pattern: RegExp | null, unplaced: readonly string[]): string[] {
  const remarks: string[] = [];
  if (!hasCounties && pattern === null)
    remarks.push('no county column and no --region-pattern: all precincts are one region');
  if (hasCounties && pattern !== null)
    remarks.push('the file has a county column: --region-pattern is used only where it is blank');
  if (unplaced.length > 0) {
    const reason = pattern === null ? 'have no county' : 'do not fit --region-pattern';
    remarks.push(
      `${unplaced.length} precincts ${reason} and go into the region "${otherName}", as ${unplaced[0]}`,
    );
  }
  return remarks;
}

/** @throws ReplayError `usage` */
export function parseRegionPattern(text: string): RegExp {
  let pattern: RegExp;
  try {
    pattern = new RegExp(text, 'u');
  } catch (cause) {
    throw new ReplayError('usage', `--region-pattern: ${text} is no regular expression`, { cause });
  }
  // An alternative that always matches tells how many groups there are.
  const groups = (new RegExp(`${text}|`, 'u').exec('')?.length ?? 1) - 1;
  if (groups < 1)
    throw new ReplayError('usage', '--region-pattern: needs a group around the region, as in ^(.+?) \\d');
  return pattern;
}
