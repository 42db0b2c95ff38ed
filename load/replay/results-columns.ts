import { ReplayError } from './replay-error.ts';

/** Where a results file keeps what. Numbers are positions in a line. */
export interface Columns {
  readonly precinct: number;
  readonly office: number;
  readonly candidate: number;
  /** Null: the file has votes by mode only. */
  readonly votes: number | null;
  readonly county: number | null;
  readonly district: number | null;
  readonly party: number | null;
  /** Columns that narrow the precinct down: its town where `county` is the county, its ward. */
  readonly precinctPrefixes: readonly number[];
  /** Votes by mode: absentee, early, election day … Parts of `votes`, used only where that is blank. */
  readonly modes: readonly number[];
  /** As the file spells them. */
  readonly header: readonly string[];
  /** Names of the columns that say nothing to us. */
  readonly ignored: readonly string[];
}

/**
 * What states call the columns, best name first. The first three are what the OpenElections
 * project's own files use; the rest is from files of the states that it was handed.
 */
const synonyms = {
  county: ['county', 'county name', 'parish'],
  town: ['town', 'municipality', 'city', 'city town', 'jurisdiction', 'jurisdiction name'],
  ward: ['ward'],
  precinct: ['precinct', 'precinct name', 'polling place', 'reporting unit'],
  office: ['office', 'office name', 'contest', 'contest name', 'race'],
  district: ['district', 'office district', 'district number'],
  candidate: ['candidate', 'candidate name', 'choice', 'choice name', 'name'],
  party: ['party', 'party name', 'party code'],
  votes: ['votes', 'total votes', 'votes total', 'total', 'vote count', 'vote total', 'vote'],
} as const satisfies Record<string, readonly string[]>;

const modeShape =
  /\b(absentee|early|advance|election day|mail|provisional|polls|machine|military|one stop|uocava|in person|affidavit|hand|emergency|overseas)\b/;
const shareShape = /%|\b(percent|pct|share)\b/;

/** Lower case, words apart by one space: `Absentee_Votes ` is `absentee votes`. */
export function normaliseName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9%]+/g, ' ')
    .trim();
}

/**
 * Reads the header.
 * @throws ReplayError `bad-file` naming every column that is missing and those that are there.
 */
export function readHeader(header: readonly string[]): Columns {
  const names = header.map(normaliseName);
  const find = (wanted: readonly string[]): number | null => {
    for (const name of wanted) {
      const at = names.indexOf(name);
      if (at >= 0) return at;
    }
    return null;
  };
  const [county, town] = [find(synonyms.county), find(synonyms.town)];
  const named = {
    county: county ?? town,
    precinct: find(synonyms.precinct),
    office: find(synonyms.office),
    district: find(synonyms.district),
    candidate: find(synonyms.candidate),
    party: find(synonyms.party),
    votes: find(synonyms.votes),
  };
  const prefixes = [county === null ? null : town, find(synonyms.ward)].filter((at) => at !== null);
  const taken = new Set([...Object.values(named), ...prefixes]);
  const modes = names.flatMap((name, at) =>
    !taken.has(at) && modeShape.test(name) && !shareShape.test(name) ? [at] : [],
  );
  const { precinct, office, candidate } = named;
  if (
    precinct === null ||
    office === null ||
    candidate === null ||
    (named.votes === null && modes.length === 0)
  ) {
    throw missingColumns(header, { precinct, office, candidate, votes: named.votes });
  }
  const ignored = header.filter((name, at) => !taken.has(at) && !modes.includes(at) && name.trim() !== '');
  return { ...named, precinct, office, candidate, precinctPrefixes: prefixes, modes, header, ignored };
}

function missingColumns(header: readonly string[], found: Record<string, number | null>): ReplayError {
  const missing = Object.keys(found).filter((role) => found[role] === null);
  const has = header.map(printable).join(', ') || 'nothing';
  return new ReplayError(
    'bad-file',
    `the file has no column for ${missing.join(', ')}; its header has: ${has.slice(0, 400)}`,
  );
}

/** Without control characters, which a file that is no CSV has plenty of. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\uFFFD]/gu, '?');
}
