export interface FileContest {
  readonly office: string;
  /** '' where the file names none. */
  readonly district: string;
  readonly choices: readonly { readonly name: string; readonly party: string }[];
}

export interface FilePrecinct {
  /** '' where the file names none. */
  readonly county: string;
  readonly name: string;
  registeredVoters: number | null;
  /** Votes by position in `contests`, then in its `choices`; zeros that the file states are there. */
  readonly votes: Map<number, Map<number, number>>;
}

/** What a row's votes are for, as the file spells it. */
export interface ResultsRow {
  readonly county: string;
  readonly precinct: string;
  readonly office: string;
  readonly district: string;
  readonly candidate: string;
  readonly party: string;
}

export interface ResultsSums {
  readonly contests: readonly FileContest[];
  /** Those with votes: a precinct that only has registered voters has no ballots to cast. */
  precincts(): FilePrecinct[];
  addRegistered(row: ResultsRow, voters: number): void;
  /** @returns whether the same row stood there before */
  addVotes(row: ResultsRow, votes: number): boolean;
}

/** Adds votes up by what they are for, names compared without case. */
export function createResultsSums(): ResultsSums {
  const contests: { office: string; district: string; choices: { name: string; party: string }[] }[] = [];
  const precincts: FilePrecinct[] = [];
  const contestNos = new Map<string, number>();
  const choiceNos = new Map<string, number>();
  const precinctNos = new Map<string, number>();

  const number = (numbers: Map<string, number>, key: string, make: () => number): number => {
    const known = numbers.get(key);
    if (known !== undefined) return known;
    const made = make();
    numbers.set(key, made);
    return made;
  };
  const precinctOf = ({ county, precinct }: ResultsRow): FilePrecinct | undefined => {
    const make = () =>
      precincts.push({ county, name: precinct, registeredVoters: null, votes: new Map() }) - 1;
    return precincts[number(precinctNos, `${county}\0${precinct}`.toLowerCase(), make)];
  };

  return {
    contests,
    precincts: () => precincts.filter((precinct) => precinct.votes.size > 0),
    addRegistered(row: ResultsRow, voters: number): void {
      const precinct = precinctOf(row);
      if (precinct !== undefined && voters > 0)
        precinct.registeredVoters = Math.max(precinct.registeredVoters ?? 0, voters);
    },
    addVotes(row: ResultsRow, votes: number): boolean {
      const { office, district, candidate: name, party } = row;
      const contestNo = number(
        contestNos,
        `${office}\0${district}`.toLowerCase(),
        () => contests.push({ office, district, choices: [] }) - 1,
      );
      const choices = contests[contestNo]?.choices ?? [];
      const choiceNo = number(
        choiceNos,
        `${contestNo}\0${name}\0${party}`.toLowerCase(),
        () => choices.push({ name, party }) - 1,
      );
      const ballots = precinctOf(row)?.votes;
      const counted = ballots?.get(contestNo) ?? new Map<number, number>();
      ballots?.set(contestNo, counted);
      const before = counted.get(choiceNo);
      counted.set(choiceNo, (before ?? 0) + votes);
      return before !== undefined;
    },
  };
}
