import { normaliseName } from './results-columns.ts';

/** A row that counts something other than votes for a choice. */
export type PseudoKind =
  | 'registered voters'
  | 'ballots cast'
  | 'over votes'
  | 'under votes'
  | 'blank votes'
  | 'turnout'
  | 'totals'
  | 'precincts reporting';

/**
 * Which of these an office or a candidate is named after, whole name against whole pattern, so that
 * somebody called Blankenship keeps her votes. Write-ins are no pseudo candidates: they got votes.
 */
const pseudoShapes: readonly (readonly [PseudoKind, RegExp])[] = [
  [
    'registered voters',
    /^(?:total |number of |active )*(?:(?:registered|reg) voters|voters registered)\b|^(?:total )?(?:voter )?registration(?: totals?)?$/,
  ],
  [
    'ballots cast',
    /^(?:total |number of )*(?:ballots|cards|times|votes) (?:cast|counted|voted)\b|^(?:total |number of )*ballots$|^(?:total |number of )*voters? (?:voting|voted)$|^public counter$/,
  ],
  ['over votes', /^(?:total |number of )*over(?: ?vot(?:es?|ed|ing)|s)$/],
  [
    'under votes',
    /^(?:total |number of )*(?:under(?: ?vot(?:es?|ed|ing)|s)|over ?(?:votes? )?(?:and )?under ?votes?|under ?(?:votes? )?(?:and )?over ?votes?)$/,
  ],
  [
    'blank votes',
    /^(?:total |number of )*(?:blanks?(?: (?:votes?|ballots?|voted|cast|(?:and )?voids?))?|voids?|spoiled(?: ballots?)?)$/,
  ],
  ['turnout', /^(?:voter )?turn ?out\b|^(?:percent|%) (?:voter )?turnout$/],
  [
    'totals',
    /^(?:grand |sub ?|contest |office |candidate |race )?totals?(?: (?:votes?|number of votes|cast))?$/,
  ],
  [
    'precincts reporting',
    /^(?:number of |total )*precincts?(?: (?:reporting|reported|counted|complete)\b.*)?$/,
  ],
];

/** The row of all parties: `Registered Voters - DEM` is not it. */
const registeredTotalShape =
  /^(?:total |number of )*(?:(?:registered|reg) voters|voters registered|(?:voter )?registration)(?: (?:total|totals|all))?$/;

/** Names repeat a great deal in a file; each is looked at once. Bounded: cleared when full. */
const pseudoByName = new Map<string, PseudoKind | null>();
const pseudoNamesMax = 50_000;

/** What an office or candidate of that name counts; null if it may be a real one. */
export function pseudoKindOf(name: string): PseudoKind | null {
  const known = pseudoByName.get(name);
  if (known !== undefined) return known;
  const normal = normaliseName(name);
  const kind = pseudoShapes.find(([, shape]) => shape.test(normal))?.[0] ?? null;
  if (pseudoByName.size >= pseudoNamesMax) pseudoByName.clear();
  pseudoByName.set(name, kind);
  return kind;
}

/** Whether a name is the registered voters of all parties: `Registered Voters - DEM` is not. */
export const isRegisteredTotal = (name: string): boolean => registeredTotalShape.test(normaliseName(name));

const totalsPlaceShape =
  /^(?:(?:grand|county|state|district|precinct|town|city) )?totals?$|^totals? (?:for|of) | totals?$/;

/** Whether a precinct or county of that name is a sum of others. */
export const isTotalsPlace = (name: string): boolean => totalsPlaceShape.test(normaliseName(name));

/** Votes of one line; a state has fewer people than that. */
export const votesPerLineMax = 100_000_000;

/** Digits, in groups of three or not, and the `.0` that a spreadsheet leaves. */
const countShape = /^(\d+|\d{1,3}(?:[,'\s]\d{3})+)(?:\.0+)?$/;

export type VotesCell =
  | { readonly kind: 'votes'; readonly votes: number }
  | { readonly kind: 'blank' }
  /** `-`, `*`, `N/A`, a negative number, a fraction, something far too big. */
  | { readonly kind: 'no-number' };

/** Reads a count as files write it: `1,234`, `1 234`, `551.0`, `"17 "`. */
export function readVotes(cell: string): VotesCell {
  const text = cell.trim();
  if (text === '') return { kind: 'blank' };
  const number = countShape.exec(text)?.[1];
  if (number === undefined) return { kind: 'no-number' };
  const digits = number.replace(/\D/g, '');
  const votes = Number(digits);
  return votes <= votesPerLineMax ? { kind: 'votes', votes } : { kind: 'no-number' };
}
