import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNewer } from '../../functions/web/results/positions.ts';
import {
  nextPageOf,
  nothingYet,
  type ResultsAnswer,
  type ResultsState,
  stationsOf,
  takeIn,
} from '../../functions/web/results/results-state.ts';
import type { Progress } from '../../schema/wire/progress.ts';
import type { Results } from '../../schema/wire/results.ts';

const pagesOf = 3;
const stationsPerPage = 2;
const lastOf = (page: number) => `s${page * stationsPerPage + stationsPerPage - 1}`;
const afterOf = (page: number) => (page === 0 ? undefined : lastOf(page - 1));

/** What the API says at a position: every number follows from the version, as in the real one. */
function resultsAt(definition: number, version: number, page?: number): Results {
  const stations = Array.from({ length: stationsPerPage }, (_, n) => ({
    station: `s${(page ?? 0) * stationsPerPage + n}`,
    name: '',
    ballots: version,
    ballotsByChannel: [],
    contests: [],
  }));
  const nextAfter = page !== undefined && page < pagesOf - 1 ? { nextAfter: lastOf(page) } : {};
  const region = { region: 'north', name: '', ballots: version, ballotsByChannel: [], contests: [] };
  return {
    definition,
    version,
    ballots: version,
    status: definition > 1 ? 'certified' : 'unofficial',
    regions: [page === undefined ? region : { ...region, stations, ...nextAfter }],
  } as unknown as Results;
}

function answerAt(
  kind: ResultsAnswer['kind'],
  definition: number,
  version: number,
  page: number,
): ResultsAnswer {
  switch (kind) {
    case 'results':
      return { kind, body: resultsAt(definition, version) };
    case 'progress':
      return { kind, body: { definition, version } as Progress };
    case 'stations':
      return { kind, after: afterOf(page), body: resultsAt(definition, version, page) };
  }
}

/** Answers in any order: late ones, repeated ones, ones of a reader that lags behind, an older definition. */
const answers: fc.Arbitrary<ResultsAnswer[]> = fc.array(
  fc
    .tuple(
      fc.constantFrom('results', 'progress', 'stations' as const),
      fc.integer({ min: 1, max: 3 }),
      fc.nat(12),
      fc.nat(pagesOf - 1),
    )
    .map(([kind, definition, version, page]) => answerAt(kind, definition, version, page)),
  { maxLength: 60 },
);

/** Everything of a state that must never go back. */
const countsOf = (state: ResultsState): readonly (readonly [string, number])[] => [
  ['results', state.results?.version ?? -1],
  ['definition', state.results?.definition ?? -1],
  ['ballots', state.results?.ballots ?? -1],
  ['region', state.results?.regions?.[0]?.ballots ?? -1],
  ['progress', state.progress?.version ?? -1],
  ...(stationsOf(state, 'north') ?? []).map(({ station, ballots }) => [station, ballots] as const),
];

describe('what the results page shows', () => {
  it('never goes back, however answers come', () => {
    fc.assert(
      fc.property(answers, (list) => {
        let state = nothingYet;
        for (const answer of list) {
          const next = takeIn(state, answer);
          const before = new Map(countsOf(state));
          const after = new Map(countsOf(next));
          for (const [what, count] of before)
            expect([what, (after.get(what) ?? -1) >= count]).toEqual([what, true]);
          state = next;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is the latest of what came, once the definition has settled', () => {
    const settled = answers.map((list) =>
      list.map((answer) => ({ ...answer, body: { ...answer.body, definition: 1 } })),
    );
    fc.assert(
      fc.property(settled, (list) => {
        const state = (list as ResultsAnswer[]).reduce(takeIn, nothingYet);
        const latest = (kind: ResultsAnswer['kind']) =>
          Math.max(-1, ...list.filter((one) => one.kind === kind).map(({ body }) => body.version));
        expect(state.results?.version ?? -1).toBe(latest('results'));
        expect(state.progress?.version ?? -1).toBe(latest('progress'));
      }),
    );
  });

  it('stays the very same object when an answer says nothing new', () => {
    fc.assert(
      fc.property(answers, (list) => {
        const state = list.reduce(takeIn, nothingYet);
        for (const answer of list) if (answer.kind !== 'stations') expect(takeIn(state, answer)).toBe(state);
      }),
    );
  });

  it('has the stations of a region in order, page by page, each once', () => {
    let state = nothingYet;
    const asked: (string | null)[] = [];
    for (let page = 0; page < pagesOf; page++) {
      state = takeIn(state, answerAt('stations', 1, 5, page));
      asked.push(nextPageOf(state, 'north'));
    }
    expect(asked).toEqual(['s1', 's3', null]);
    expect(stationsOf(state, 'north')?.map(({ station }) => station)).toEqual([
      's0',
      's1',
      's2',
      's3',
      's4',
      's5',
    ]);
    expect([stationsOf(state, 'south'), nextPageOf(state, 'south')]).toEqual([null, null]);
  });

  it('lets pages go that nothing leads to any more', () => {
    const full = [0, 1, 2].map((page) => answerAt('stations', 1, 5, page)).reduce(takeIn, nothingYet);
    const shorter = resultsAt(2, 6, pagesOf - 1);
    const state = takeIn(full, { kind: 'stations', after: undefined, body: shorter });
    expect(stationsOf(state, 'north')?.map(({ station }) => station)).toEqual(['s4', 's5']);
  });

  it('would go back by every weaker rule', () => {
    const late = { definition: 1, version: 9 };
    expect(isNewer(late, { definition: 1, version: 10 })).toBe(false);
    expect(isNewer({ definition: 2, version: 9 }, { definition: 1, version: 10 })).toBe(false);
    expect(isNewer({ definition: 1, version: 11 }, { definition: 2, version: 10 })).toBe(false);
    expect(isNewer({ definition: 2, version: 10 }, { definition: 1, version: 10 })).toBe(true);
    expect(isNewer({ definition: 1, version: 10 }, { definition: 1, version: 10 })).toBe(false);
  });
});
